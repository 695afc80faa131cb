import { expect, test } from "bun:test";
import { isCertificate, isPrivateKey, readPem } from "../../src/certificates/pem.ts";

const block = (label: string, body = "QUJD") => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;

test("pem: blocks come in their order, with what they are; what stands between is comment", () => {
  const text = `Bag Attributes\n${block("CERTIFICATE")}# the key\n${block("EC PRIVATE KEY", "REVG")}end`;
  expect(readPem(text)).toEqual([
    { label: "CERTIFICATE", text: block("CERTIFICATE") },
    { label: "EC PRIVATE KEY", text: block("EC PRIVATE KEY", "REVG") },
  ]);
});

test("pem: lines may end as on Windows, and a block that has no end is none", () => {
  const [first, ...others] = readPem(
    `${block("CERTIFICATE").replaceAll("\n", "\r\n")}-----BEGIN CERTIFICATE-----\nQUJD`,
  );
  expect([first?.label, others]).toEqual(["CERTIFICATE", []]);
  expect(readPem("-----BEGIN A-----\nQUJD\n-----END B-----\n")).toEqual([]);
  expect(readPem("")).toEqual([]);
});

test.each([
  ["CERTIFICATE", true, false],
  ["X509 CERTIFICATE", true, false],
  ["TRUSTED CERTIFICATE", false, false],
  ["CERTIFICATE REQUEST", false, false],
  ["PRIVATE KEY", false, true],
  ["ENCRYPTED PRIVATE KEY", false, true],
  ["RSA PRIVATE KEY", false, true],
  ["PUBLIC KEY", false, false],
])("pem: %s", (label, isOne, isKey) => {
  const named = { label, text: "" };
  expect([isCertificate(named), isPrivateKey(named)]).toEqual([isOne, isKey]);
});
