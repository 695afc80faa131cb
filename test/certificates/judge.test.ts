// What is found wrong with a certificate before it is served, each by a certificate that is wrong in this one way.
import { describe, expect, test } from "bun:test";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import type { CertificateSources, Source } from "../../src/certificates/certificate-files.ts";
import { judgeCertificate } from "../../src/certificates/judge.ts";
import { makeSelfSigned } from "../../src/certificates/make-certificate.ts";
import { issue, issueChain } from "../support/issue.ts";

const NOW = Date.now();
const DAY_MS = 24 * 60 * 60_000;
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

const { root, middle, server } = issueChain(["www.shop.test", "*.shop.test", "192.0.2.7"]);
const chain = server.certificate + middle.certificate + root.certificate;

/** Its name stands in the subject alone, which clients do not look at. */
const { certificate: withoutName, key: itsKey } = issue({ name: "a.test" });
const nameless: [string, string] = [withoutName, itsKey];

const file = (path: string, text: string): Source => ({ path, from: `flag of ${path}`, text });

function judge(
  certificate: string,
  key: string | undefined,
  more: Partial<CertificateSources> = {},
  knows = false,
) {
  return judgeCertificate(
    {
      certificate: file("cert", certificate),
      key: key === undefined ? undefined : file("key", key),
      hosts: [],
      ...more,
    },
    { nowMs: NOW, isFromKnownRoot: () => knows },
  );
}

const whatOf = ({ problems }: ReturnType<typeof judge>) => problems.map(({ what }) => what);

const encrypted = (key: string, passphrase: string) =>
  createPrivateKey(key)
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase })
    .toString();

describe("judge: what is good", () => {
  const goods: [string, ReturnType<typeof judge>][] = [
    ["with its chain in one file", judge(chain, server.key)],
    [
      "with its chain in two files, one of them said twice",
      judge(server.certificate, server.key, { chain: file("chain", chain) }),
    ],
    [
      "without the root, which this machine knows",
      judge(server.certificate + middle.certificate, server.key, {}, true),
    ],
    ["with its key in the same file", judge(chain + server.key, undefined)],
    [
      "with an encrypted key",
      judge(chain, encrypted(server.key, "open sésame"), { passphrase: file("word", "open sésame\nmore") }),
    ],
    [
      "for its names",
      judge(chain, server.key, { hosts: ["www.shop.test", "a.shop.test", "*.shop.test", "192.0.2.7"] }),
    ],
    ["with comments between its blocks", judge(`Bag Attributes\n${chain}\n# end`, server.key)],
  ];
  test.each(goods)("judge: %s", (_how, judged) => {
    expect(judged.problems).toEqual([]);
    expect(judged.warnings).toEqual([]);
    expect(judged.certificate?.key).toBe(server.key);
    expect(judged.certificate?.certificate).toStartWith(server.certificate);
  });

  test("judge: one signed by itself needs nobody else", () => {
    const made = makeSelfSigned({
      names: ["localhost", "::1"],
      fromMs: NOW - DAY_MS,
      untilMs: NOW + 90 * DAY_MS,
    });
    const judged = judge(made.certificate, made.key, { hosts: ["localhost", "::1"] });
    expect(judged).toMatchObject({
      problems: [],
      warnings: [],
      certificate: { names: ["localhost", "::1"] },
    });
  });

  test("judge: it expires with the first of its chain", () => {
    const brief = issue({ name: "Middle", isAuthority: true, issuer: root, untilMs: NOW + 30 * DAY_MS });
    const own = issue({ name: "a.test", names: ["a.test"], issuer: brief });
    const judged = judge(own.certificate + brief.certificate + root.certificate, own.key);
    expect(judged.certificate?.expiresAtMs).toBe(Math.floor((NOW + 30 * DAY_MS) / 1000) * 1000);
  });
});

describe("judge: what is wrong", () => {
  const of = (wish: Partial<Parameters<typeof issue>[0]>) => {
    const made = issueChain(["a.test"], wish);
    return judge(made.server.certificate + made.middle.certificate + made.root.certificate, made.server.key);
  };
  const dsa = generateKeyPairSync("x25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const wrongs: [string, ReturnType<typeof judge>, string | RegExp][] = [
    [
      "expired",
      of({ untilMs: NOW - 3 * DAY_MS }),
      /^Certificate 1 in "cert" \(a\.test\) expired on \d{4}-\d\d-\d\d, 3 days ago$/,
    ],
    [
      "not valid yet",
      of({ fromMs: NOW + DAY_MS }),
      /^Certificate 1 in "cert" \(a\.test\) is not valid before /,
    ],
    [
      "another key",
      judge(chain, root.key),
      'The chain is out of order: the key in "key" is that of certificate 3 in "cert" (Root), which is not the first one',
    ],
    [
      "a foreign key",
      judge(chain, issue({ name: "x" }).key),
      'The key in "key" does not belong to the certificate in "cert" (www.shop.test)',
    ],
    [
      "no chain",
      judge(server.certificate, server.key),
      'The chain in "cert" is not complete: www.shop.test was issued by Middle, which is not in it and is no authority that this machine knows',
    ],
    [
      "a chain without its end",
      judge(server.certificate + middle.certificate, server.key),
      'The chain in "cert" is not complete: Middle was issued by Root, which is not in it and is no authority that this machine knows',
    ],
    [
      "a chain in another order",
      judge(server.certificate + root.certificate + middle.certificate, server.key),
      'The chain is out of order: certificate 2 in "cert" (Root) has not issued the one before it (www.shop.test)',
    ],
    [
      "its own certificate last",
      judge(root.certificate + middle.certificate + server.certificate, server.key),
      'The chain is out of order: the key in "key" is that of certificate 3 in "cert" (www.shop.test), which is not the first one',
    ],
    [
      "a stranger in its chain",
      judge(chain + issue({ name: "x" }).certificate, server.key),
      'The chain is out of order: certificate 4 in "cert" (x) has not issued the one before it (Root)',
    ],
    [
      "other names",
      judge(chain, server.key, { hosts: ["www.shop.test", "a.b.shop.test", "shop.test", "*.other.test"] }),
      'The certificate in "cert" is not good for a.b.shop.test, shop.test, *.other.test: it names www.shop.test, *.shop.test, 192.0.2.7',
    ],
    ["no key at all", judge(chain, undefined), 'There is no key for the certificate "cert"'],
    [
      "a name in the subject alone",
      judge(...nameless, { hosts: ["a.test"] }),
      'The certificate in "cert" is not good for a.test: it names no name at all',
    ],
    [
      "not for servers",
      of({ usage: CLIENT_AUTH }),
      'The certificate in "cert" (a.test) was not issued for servers',
    ],
    [
      "an encrypted key without a passphrase",
      judge(chain, encrypted(server.key, "x")),
      'The key in "key" is encrypted, and there is no passphrase for it',
    ],
    [
      "an encrypted key and another passphrase",
      judge(chain, encrypted(server.key, "x"), { passphrase: file("word", "y") }),
      'The key in "key" cannot be decrypted with the passphrase in "word"',
    ],
    [
      "a damaged key",
      judge(chain, server.key.replace(/\n.{20}/, "\nAAAAAAAAAAAAAAAAAAAA")),
      /^The key in "key" cannot be read: /,
    ],
    [
      "a key for something else",
      judge(chain, dsa),
      'The key in "key" is of the kind x25519, which TLS has no use for',
    ],
    ["no key in the key's file", judge(chain, "nothing"), 'There is no private key in "key"'],
    ["a file without a certificate", judge("nothing", server.key), 'There is no certificate in "cert"'],
    [
      "a damaged certificate",
      judge(server.certificate.replace(/\n.{20}/, "\nAAAAAAAAAAAAAAAAAAAA"), server.key),
      'Certificate 1 in "cert" cannot be read',
    ],
  ];
  test.each(wrongs)("judge: %s", (_how, judged, what) => {
    expect(judged.certificate).toBeUndefined();
    if (typeof what === "string") expect(whatOf(judged)).toEqual([what]);
    else expect(whatOf(judged)).toEqual([expect.stringMatching(what)]);
    for (const { from, advice } of judged.problems)
      expect([from, advice]).toEqual([expect.stringMatching(/^flag of /), expect.any(String)]);
  });

  test("judge: where the issuer's certificate is to be had is told", () => {
    const { server: own } = issueChain(["a.test"], {
      issuerAt: "http://ca.test/middle.crt",
      usage: SERVER_AUTH,
    });
    const [problem] = judge(own.certificate, own.key).problems;
    expect(problem?.advice).toContain("certificate of Middle (from http://ca.test/middle.crt)");
  });

  test("judge: DER is told from PEM", () => {
    const [certificate, key] = [judge("0\x82\x01", server.key), judge(chain, "0\x82\x01")].map(
      ({ problems }) => problems[0]?.advice,
    );
    expect([certificate, key]).toEqual([
      expect.stringContaining("openssl x509 -inform der"),
      expect.stringContaining("openssl pkey -inform der"),
    ]);
  });
});

describe("judge: what is served, with a warning", () => {
  const own = (wish: Partial<Parameters<typeof issue>[0]>) => {
    const made = issue({ name: "a.test", names: ["a.test"], ...wish });
    return judge(made.certificate, made.key);
  };
  test.each<[string, ReturnType<typeof judge>, RegExp]>([
    [
      "it expires in 21 days",
      own({ untilMs: NOW + 21 * DAY_MS }),
      /^the certificate in "cert" expires on \S+, in 2[01] days$/,
    ],
    ["it expires tomorrow", own({ untilMs: NOW + 1.5 * DAY_MS }), /, in 1 day$/],
    ["it has no alternative name", judge(...nameless), /has no subject alternative name/],
  ])("judge: %s", (_how, judged, warning) => {
    expect(judged.problems).toEqual([]);
    expect(judged.warnings).toEqual([expect.stringMatching(warning)]);
    expect(judged.certificate).toBeDefined();
  });

  test("judge: 22 days before the end nothing is said", () => {
    expect(own({ untilMs: NOW + 22 * DAY_MS }).warnings).toEqual([]);
  });
});
