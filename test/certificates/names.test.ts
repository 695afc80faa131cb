import { expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { alternativeNames, coversHost } from "../../src/certificates/names.ts";
import { issue, issueChain } from "../support/issue.ts";

const NAMES = ["www.shop.test", "*.shop.test", "192.0.2.7", "2001:db8::1"];
const certificate = new X509Certificate(issueChain(NAMES).server.certificate);
const nameless = new X509Certificate(issue({ name: "a.test" }).certificate);

test.each([
  ["www.shop.test", true],
  ["WWW.shop.test", true],
  ["any.shop.test", true],
  ["a.b.shop.test", false],
  ["shop.test", false],
  ["other.test", false],
  ["192.0.2.7", true],
  ["192.0.2.8", false],
  ["2001:db8::1", true],
  // gw's own wildcard is for any number of labels, a certificate's for one.
  ["*.shop.test", true],
  ["*.SHOP.test", true],
  ["*.www.shop.test", false],
  ["*.test", false],
])("names: %s is covered: %p", (host, isCovered) => {
  expect(coversHost(certificate, host)).toBe(isCovered);
});

test("names: what stands in the subject alone counts for nothing", () => {
  expect([coversHost(nameless, "a.test"), alternativeNames(nameless)]).toEqual([false, []]);
});

test("names: all of them, each once", () => {
  expect(alternativeNames(certificate).slice(0, 3)).toEqual(NAMES.slice(0, 3));
  expect(
    alternativeNames({
      subjectAltName: "DNS:A.test, DNS:a.test, email:x@a.test, IP Address:192.0.2.7",
    } as X509Certificate),
  ).toEqual(["a.test", "192.0.2.7"]);
});
