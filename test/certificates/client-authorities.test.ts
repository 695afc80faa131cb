import { describe, expect, test } from "bun:test";
import { authorityFilesOf, readAuthorities } from "../../src/certificates/client-authorities.ts";
import type { FileRead } from "../../src/core/files.ts";
import { good, resolveGroups } from "../options/configured.ts";
import { issue } from "../support/issue.ts";

const DAY_MS = 86_400_000;
const root = issue({ name: "Root", isAuthority: true });
const other = issue({ name: "Other", isAuthority: true });
const old = issue({
  name: "Old",
  isAuthority: true,
  fromMs: Date.now() - 9 * DAY_MS,
  untilMs: Date.now() - DAY_MS,
});
const LIST = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";
const FILES: Record<string, string> = {
  "/srv/shop/ca.pem": `comment\n${root.certificate}${other.certificate}${root.key}`,
  "/srv/shop/old.pem": root.certificate + old.certificate,
  "/srv/shop/leaf.pem": issue({ name: "leaf" }).certificate,
  "/srv/shop/torn.pem": root.certificate.replace(/\n.{20}/, "\n"),
  "/srv/shop/empty.pem": "nothing",
  "/srv/shop/crl.pem": `comment\n${LIST}`,
};

function read(more: object, refusalOf = (): string | undefined => undefined) {
  const config = good(
    resolveGroups({ shop: { app: "web.ts" } }, { httpsPort: 8443, sslCertificateFile: "own.pem", ...more }),
  );
  const readFile = (path: string): FileRead => {
    const text = FILES[path];
    return text === undefined ? { reason: "there is no such file" } : { text, isOpen: true };
  };
  const { problems, found } = readAuthorities(config, { readFile, nowMs: Date.now(), refusalOf });
  return { config, found, what: problems.map((one) => one.what) };
}

describe("authorities of clients", () => {
  test("they are read, and nothing else that stands in their files", () => {
    const { config, found, what } = read({ sslCaCertificateFile: "ca.pem", sslCrlFile: "crl.pem" });
    expect(what).toEqual([]);
    expect(found).toEqual({ ca: root.certificate + other.certificate, crl: LIST });
    expect(authorityFilesOf(config)).toEqual(["/srv/shop/ca.pem", "/srv/shop/crl.pem"]);
  });

  test("where none are named there is nothing to read", () => {
    const { config, found, what } = read({});
    expect([what, found, authorityFilesOf(config)]).toEqual([[], undefined, []]);
  });

  test.each<[file: string, said: RegExp]>([
    ["none.pem", /^sslCaCertificateFile "\/srv\/shop\/none\.pem" cannot be read: there is no such file$/],
    ["empty.pem", /^There is no certificate in "\/srv\/shop\/empty\.pem"$/],
    ["leaf.pem", /^Certificate 1 in "\/srv\/shop\/leaf\.pem" is not one of an authority$/],
    ["old.pem", /^Certificate 2 in "\/srv\/shop\/old\.pem" has expired on /],
    ["torn.pem", /^Certificate 1 in "\/srv\/shop\/torn\.pem" cannot be read$/],
  ])("%s is refused: %p", (file, said) => {
    const { found, what } = read({ sslCaCertificateFile: file });
    expect([found, what]).toEqual([undefined, [expect.stringMatching(said)]]);
  });

  test("a list of revoked certificates has to be one, and usable", () => {
    const named = { sslCaCertificateFile: "ca.pem" };
    expect(read({ ...named, sslCrlFile: "ca.pem" }).what).toEqual([
      'There is no list of revoked certificates in "/srv/shop/ca.pem"',
    ]);
    expect(read({ ...named, sslCrlFile: "crl.pem" }, () => "BAD_CRL").what).toEqual([
      'sslCrlFile "/srv/shop/crl.pem" cannot be used: BAD_CRL',
    ]);
  });
});
