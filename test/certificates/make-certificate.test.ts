// Certificates that gw makes: read by the runtime, and held against openssl where there is one.
import { describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import fc from "fast-check";
import { integer, objectId, octets, sequence, time } from "../../src/certificates/der.ts";
import { makeSelfSigned } from "../../src/certificates/make-certificate.ts";
import { testWith, WITH_OPENSSL } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const FROM = Date.UTC(2026, 0, 1);
const UNTIL = Date.UTC(2026, 6, 1);
const NAMES = ["shop.test", "*.shop.test", "127.0.0.1", "::1", "2001:db8::7"];

describe("make-certificate", () => {
  const { certificate, key } = makeSelfSigned({ names: NAMES, fromMs: FROM, untilMs: UNTIL });
  const read = new X509Certificate(certificate);

  test("make-certificate: it says what was asked for, and is no authority", () => {
    expect([read.subject, read.issuer, read.ca]).toEqual(["CN=shop.test", "CN=shop.test", false]);
    expect([Date.parse(read.validFrom), Date.parse(read.validTo)]).toEqual([FROM, UNTIL]);
    expect(NAMES.map((name) => (isIP(name) ? read.checkIP(name) : read.checkHost(name)))).toEqual([
      "shop.test",
      undefined,
      "127.0.0.1",
      "::1",
      "2001:db8::7",
    ]);
    expect(read.checkHost("a.shop.test")).toBe("*.shop.test");
    expect(read.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(read.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
    expect(read.verify(read.publicKey)).toBe(true);
    expect(key).toStartWith("-----BEGIN PRIVATE KEY-----\n");
  });

  test("make-certificate: no two have the same serial number, and none is negative", () => {
    const serials = Array.from({ length: 50 }, () => {
      const made = makeSelfSigned({ names: ["a"], fromMs: FROM, untilMs: UNTIL });
      return new X509Certificate(made.certificate).serialNumber;
    });
    expect(new Set(serials).size).toBe(50);
    expect(serials.every((serial) => /^[4-7][0-9A-F]{31}$/.test(serial))).toBe(true);
  });

  testWith(WITH_OPENSSL)("make-certificate: openssl takes it for a server's", () => {
    using dir = makeTempDir();
    const file = dir.write("cert.pem", certificate);
    const { stdout, stderr } = Bun.spawnSync([
      ...["openssl", "verify", "-x509_strict", "-purpose", "sslserver"],
      ...["-attime", String(FROM / 1000 + 1), "-CAfile", file, file],
    ]);
    // A certificate that is no authority has no identifier of one.
    expect(`${stdout}${stderr}`).toContain(": OK");
  });
});

describe("der", () => {
  test.each<[string, Buffer, string]>([
    ["a length in one byte", octets(Buffer.alloc(0x7f)), "047f"],
    ["a length in two bytes", octets(Buffer.alloc(0x80)), "048180"],
    ["a length in three bytes", octets(Buffer.alloc(0x1234)), "04821234"],
    ["zero", integer(Buffer.from([0, 0])), "020100"],
    ["no needless zeros", integer(Buffer.from([0, 0, 5])), "020105"],
    ["a number that would look negative", integer(Buffer.from([0x80])), "02020080"],
    ["an identifier with parts over 127", objectId("1.2.840.10045.4.3.2"), "06082a8648ce3d040302"],
    ["a time before 2050", time(Date.UTC(2049, 11, 31, 23, 59, 59)), "170d3439313233313233353935395a"],
    ["a time after 2049", time(Date.UTC(2050, 0, 1)), "180f32303530303130313030303030305a"],
  ])("der: %s", (_what, bytes, hex) => {
    expect(bytes.toString("hex")).toStartWith(hex);
  });

  test("der: a sequence is its parts, whatever their length", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (parts) => {
        const bytes = sequence(...parts);
        const content = Buffer.concat(parts);
        expect(bytes[0]).toBe(0x30);
        expect(bytes.subarray(bytes.length - content.length)).toEqual(content);
      }),
    );
  });
});
