// Which certificates a configuration names, for whom each is, and what is wrong with their files.
import { describe, expect, test } from "bun:test";
import { certificateFilesOf, readCertificates } from "../../src/certificates/read-certificates.ts";
import type { FileRead } from "../../src/core/files.ts";
import { good, resolveGroups } from "../options/configured.ts";
import { issue } from "../support/issue.ts";

const www = issue({ name: "www.test", names: ["www.test", "shop.test"] });
const api = issue({ name: "api.test", names: ["api.test", "*.api.test"] });
const FILES: Record<string, FileRead> = {
  "/srv/shop/www.pem": { text: www.certificate, isOpen: true },
  "/srv/shop/www.key": { text: www.key, isOpen: false },
  "/srv/shop/api.pem": { text: api.certificate + api.key, isOpen: false },
  "/srv/shop/open.key": { text: www.key, isOpen: true },
};

const WWW = { sslCertificateFile: "www.pem", sslCertificateKeyFile: "www.key" };

function read(groups: object, more: object = {}, refusalOf = (): string | undefined => undefined) {
  const config = good(resolveGroups(groups, { httpsPort: 8443, ...more }));
  const tools = { nowMs: Date.now(), isFromKnownRoot: () => false, refusalOf };
  const readFile = (path: string) => FILES[path] ?? { reason: "there is no such file" };
  return { config, ...readCertificates(config, { ...tools, readFile }) };
}

describe("read-certificates", () => {
  test("read-certificates: one for all comes first, and those of groups are for their names", () => {
    const { certificates, problems, warnings } = read(
      {
        shop: { app: "web.ts", serverName: "www.test", serverAlias: ["shop.test"] },
        api: {
          ...{ app: "api.ts", serverName: "api.test", serverAlias: ["*.api.test"] },
          ...{ sslCertificateFile: "api.pem", sslCertificateKeyFile: "api.pem" },
        },
      },
      WWW,
    );
    expect([problems, warnings]).toEqual([[], []]);
    expect(certificates.map(({ path, names }) => [path, names])).toEqual([
      ["/srv/shop/www.pem", ["www.test", "shop.test"]],
      ["/srv/shop/api.pem", ["api.test", "*.api.test"]],
    ]);
  });

  test("read-certificates: a group without one has the first one, which has to be good for its names", () => {
    const { problems } = read({
      shop: { app: "web.ts", serverName: "www.test", ...WWW },
      api: { app: "api.ts", serverName: "api.test" },
    });
    expect(problems.map(({ what }) => what)).toEqual([
      'The certificate in "/srv/shop/www.pem" is not good for api.test: it names www.test, shop.test',
    ]);
  });

  test("read-certificates: two groups with the same files have one certificate", () => {
    const { certificates } = read({
      shop: { app: "web.ts", serverName: "www.test", ...WWW },
      old: { app: "api.ts", serverName: "shop.test", ...WWW },
    });
    expect(certificates.map(({ names }) => names)).toEqual([["www.test", "shop.test"]]);
  });

  test("read-certificates: every file that cannot be read is told, and who named it", () => {
    const { problems } = read({
      shop: { app: "web.ts", sslCertificateFile: "gone.pem", sslCertificateKeyFile: "gone.key" },
    });
    expect(problems.map(({ what, from }) => [what, from?.replace(/^.*\(/, "(")])).toEqual([
      [
        'sslCertificateFile "/srv/shop/gone.pem" cannot be read: there is no such file',
        "(groups.shop.sslCertificateFile)",
      ],
      [
        'sslCertificateKeyFile "/srv/shop/gone.key" cannot be read: there is no such file',
        "(groups.shop.sslCertificateKeyFile)",
      ],
    ]);
  });

  test("read-certificates: a key that everybody can read is served, with a warning", () => {
    const { warnings, certificates } = read({
      shop: { app: "web.ts", sslCertificateFile: "www.pem", sslCertificateKeyFile: "open.key" },
    });
    expect(warnings).toEqual([
      'everybody on this machine can read "/srv/shop/open.key", which holds a private key: chmod o-rwx it',
    ]);
    expect(certificates).toHaveLength(1);
  });

  test("read-certificates: the library that speaks TLS has the last word", () => {
    const what = (refusal: (given: { pair?: object }) => string | undefined) =>
      read({ shop: { app: "web.ts", ...WWW } }, {}, refusal as never).problems.map((problem) => problem.what);
    expect(what(() => "NO_CIPHER_MATCH")[0]).toStartWith("There is no cipher that sslCipherList ");
    expect(what(({ pair }) => (pair ? "EE_KEY_TOO_SMALL" : undefined))).toEqual([
      'The certificate in "/srv/shop/www.pem" cannot be served: EE_KEY_TOO_SMALL',
    ]);
  });

  test("read-certificates: without HTTPS nothing is read", () => {
    const config = good(resolveGroups({ shop: { app: "web.ts", ...WWW } }));
    expect(certificateFilesOf(config)).toEqual([]);
  });

  test("read-certificates: the files to look at are all of them, each once", () => {
    const { config } = read({ shop: { app: "web.ts" } }, WWW);
    expect(certificateFilesOf(config)).toEqual(["/srv/shop/www.pem", "/srv/shop/www.key"]);
  });
});
