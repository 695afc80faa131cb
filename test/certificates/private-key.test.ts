import { describe, expect, test } from "bun:test";
import { createPrivateKey, generateKeyPairSync, KeyObject } from "node:crypto";
import type { Source } from "../../src/certificates/certificate-files.ts";
import { readKey } from "../../src/certificates/private-key.ts";

const pemOf = (key: KeyObject) => key.export({ type: "pkcs8", format: "pem" }).toString();
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const encrypted = createPrivateKey(pemOf(ec))
  .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "sésame" })
  .toString();

/** With the passphrase wrong15 what is decrypted ends as it should, and is no key all the same. */
const DECEPTIVE = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGjMF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAkBBBaWYJZEQacmLGvGtC7
9NxmAgIIADAMBggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQjF4DFx8AOY06eJSj
FHNpTwRAF8WTpFzgSzsmU8EDrx2+7K7dJq36DP5CbZ/RlemwAonC+ePhPmrcLUd+
f8cgmabfUsqCa9kxRNjhWzmK0uXSqA==
-----END ENCRYPTED PRIVATE KEY-----
`;

const file = (path: string, text: string): Source => ({ path, from: `flag of ${path}`, text });

function read(
  key: string | undefined,
  { certificate = "", passphrase = undefined as string | undefined } = {},
) {
  const read = readKey({
    certificate: file("cert", certificate),
    key: key === undefined ? undefined : file("key", key),
    ...(passphrase !== undefined && { passphrase: file("word", passphrase) }),
    hosts: [],
  });
  return read instanceof KeyObject ? read.asymmetricKeyType : [read.what, read.from];
}

describe("private key: what can be used", () => {
  test.each([
    ["EC", pemOf(ec), "ec"],
    ["Ed25519", pemOf(generateKeyPairSync("ed25519").privateKey), "ed25519"],
    ["in its older form", ec.export({ type: "sec1", format: "pem" }).toString(), "ec"],
    ["behind comments", `Bag Attributes\n${pemOf(ec)}`, "ec"],
  ])("%s", (_, key, type) => {
    expect(read(key) as unknown).toBe(type);
  });

  test("one in the file of the certificate", () => {
    expect(read(undefined, { certificate: pemOf(ec) }) as unknown).toBe("ec");
  });

  test("an encrypted one, with the first line of the passphrase's file", () => {
    for (const passphrase of ["sésame", "sésame\nmore", "sésame\r\n"])
      expect(read(encrypted, { passphrase }) as unknown).toBe("ec");
  });
});

describe("private key: what cannot", () => {
  test.each([
    ["none in its file", "", 'There is no private key in "key"', "flag of key"],
    ["DER", "\x30\x82", 'There is no private key in "key"', "flag of key"],
    [
      "an encrypted one without its passphrase",
      encrypted,
      'The key in "key" is encrypted, and there is no passphrase for it',
      "flag of key",
    ],
    [
      "one that TLS has no use for",
      pemOf(generateKeyPairSync("x25519").privateKey),
      'The key in "key" is of the kind x25519, which TLS has no use for',
      "flag of key",
    ],
  ])("%s", (_, key, what, from) => {
    expect(read(key) as unknown).toEqual([what, from]);
  });

  test("none at all is said of the certificate, another passphrase of its file, and a damaged one of its own", () => {
    expect(read(undefined) as unknown).toEqual([
      'There is no key for the certificate "cert"',
      "flag of cert",
    ]);
    expect(read(encrypted, { passphrase: "open" }) as unknown).toEqual([
      'The key in "key" cannot be decrypted with the passphrase in "word"',
      "flag of word",
    ]);
    expect(read(DECEPTIVE, { passphrase: "right" }) as unknown).toBe("ed25519");
    for (const passphrase of ["wrong14", "wrong15"])
      expect(read(DECEPTIVE, { passphrase }) as unknown).toEqual([
        'The key in "key" cannot be decrypted with the passphrase in "word"',
        "flag of word",
      ]);
    const damaged = read("-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----\n");
    expect(String(damaged)).toStartWith('The key in "key" cannot be read');
  });
});
