// Digest, by the vectors of its RFCs, and all that is refused.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  countOf,
  digestChallenges,
  fitsDigest,
  misdirection,
  readDigest,
  readRealmHash,
} from "../../src/credentials/digest.ts";
import { realmHashOf } from "../support/digest-client.ts";

/** RFC 7616 section 3.9.1. */
const RFC_7616 = {
  username: '"Mufasa"',
  realm: '"http-auth@example.org"',
  uri: '"/dir/index.html"',
  algorithm: "SHA-256",
  nonce: '"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"',
  nc: "00000001",
  cnonce: '"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"',
  qop: "auth",
  response: '"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"',
  opaque: '"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
};
const MD5 = { ...RFC_7616, algorithm: "MD5", response: '"8ca523f5e9506fed4657c9700eebdbec"' };
/** RFC 2617 section 3.5, which names no algorithm. */
const RFC_2617 = {
  username: '"Mufasa"',
  realm: '"testrealm@host.com"',
  nonce: '"dcd98b7102dd2f0e8b11d0f600bfb0c093"',
  uri: '"/dir/index.html"',
  qop: "auth",
  nc: "00000001",
  cnonce: '"0a4f113b"',
  response: '"6629fae49393a05397450978507c4ef1"',
  opaque: '"5ccc069c403ebaf9f0171e9517f40e41"',
};

const written = (params: Record<string, string | undefined>) =>
  `Digest ${Object.entries(params)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
    .join(", ")}`;

describe("vectors", () => {
  test.each([
    ["RFC 7616, SHA-256", RFC_7616, "http-auth@example.org", "Circle of Life"],
    ["RFC 7616, MD5", MD5, "http-auth@example.org", "Circle of Life"],
    ["RFC 2617", RFC_2617, "testrealm@host.com", "Circle Of Life"],
  ] as const)("digest: %s", (_, params, realm, password) => {
    const credentials = readDigest(written(params));
    if (!credentials) throw new Error("not read");
    expect(credentials).toMatchObject({ user: "Mufasa", realm, uri: "/dir/index.html" });
    expect([credentials.algorithm, countOf(credentials)]).toEqual([
      "algorithm" in params ? (params.algorithm as "MD5") : "MD5",
      1,
    ]);
    const realmHash = realmHashOf(credentials.algorithm, { user: "Mufasa", realm, password });
    expect(fitsDigest(credentials, { method: "GET", realmHash })).toBe(true);
    const other = realmHashOf(credentials.algorithm, { user: "Mufasa", realm, password: "circle of life" });
    expect(fitsDigest(credentials, { method: "GET", realmHash: other })).toBe(false);
    expect(fitsDigest(credentials, { method: "HEAD", realmHash })).toBe(false);
    expect(fitsDigest(credentials, { method: "GET", realmHash: undefined })).toBe(false);
  });

  test("digest: every part is part of the response", () => {
    const credentials = readDigest(written(RFC_7616));
    if (!credentials) throw new Error("not read");
    const realmHash = realmHashOf("SHA-256", {
      user: "Mufasa",
      realm: credentials.realm,
      password: "Circle of Life",
    });
    for (const change of [{ nonce: "x" }, { nc: "00000002" }, { cnonce: "x" }, { uri: "/" }])
      expect(fitsDigest({ ...credentials, ...change }, { method: "GET", realmHash })).toBe(false);
  });

  test("digest: who is no user is not let in by the hash that stands for him", () => {
    const credentials = readDigest(written(RFC_7616));
    if (!credentials) throw new Error("not read");
    const { nonce, nc, cnonce, uri } = credentials;
    const sha = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex");
    const response = sha(`${"0".repeat(64)}:${nonce}:${nc}:${cnonce}:auth:${sha(`GET:${uri}`)}`);
    expect(fitsDigest({ ...credentials, response }, { method: "GET", realmHash: undefined })).toBe(false);
  });
});

describe("reading", () => {
  test.each([
    ["a scheme in other letters", written(RFC_7616).replace("Digest", "DIGEST"), {}],
    ["an algorithm in other letters", written({ ...RFC_7616, algorithm: "sha-256" }), {}],
    [
      "quotes that need not be",
      written({ ...RFC_7616, algorithm: '"SHA-256"', qop: '"auth"', nc: '"00000001"' }),
      {},
    ],
    ["a user with escapes", written({ ...RFC_7616, username: '"a\\"b\\\\c"' }), { user: 'a"b\\c' }],
    ["a user in UTF-8", written({ ...RFC_7616, username: '"J\xc3\xa4s\xc3\xb8n"' }), { user: "Jäsøn" }],
    [
      "a user in the extended form",
      // RFC 7616 section 3.9.2 has a name like this.
      written({ ...RFC_7616, username: undefined, "username*": "UTF-8''J%C3%A4s%C3%B8n%20Doe" }),
      { user: "Jäsøn Doe" },
    ],
    ["no hashed user name", written({ ...RFC_7616, userhash: "false" }), {}],
    ["a parameter that nobody knows", written({ ...RFC_7616, future: "1" }), {}],
  ])("digest: %s", (_, value, expected) => {
    expect(readDigest(value)).toMatchObject({ user: "Mufasa", ...expected });
  });

  test.each(Object.keys(RFC_7616).filter((name) => name !== "algorithm"))(
    "digest: without %s it is none",
    (name) => {
      expect(readDigest(written({ ...RFC_7616, [name]: undefined }))).toBeUndefined();
    },
  );

  test.each(["username", "realm", "nonce", "uri", "cnonce", "response", "opaque"] as const)(
    "digest: %s without quotes is none",
    (name) => {
      expect(readDigest(written({ ...RFC_7616, [name]: "abc" }))).toBeUndefined();
    },
  );

  test.each([
    ["nothing", ""],
    ["no parameters", "Digest"],
    ["another scheme", written(RFC_7616).replace("Digest", "Basic")],
    ["a scheme that begins like it", written(RFC_7616).replace("Digest", "Digests")],
    ["a parameter twice", `${written(RFC_7616)}, nc=00000002`],
    ["a parameter twice in other letters", `${written(RFC_7616)}, URI="/admin"`],
    ["both names of the user", written({ ...RFC_7616, "username*": "UTF-8''Mufasa" })],
    ["a session", written({ ...RFC_7616, algorithm: "SHA-256-sess" })],
    ["a session of MD5", written({ ...MD5, algorithm: "MD5-sess" })],
    ["another algorithm", written({ ...RFC_7616, algorithm: "SHA-512-256" })],
    ["a response of another algorithm", written({ ...RFC_7616, algorithm: "MD5" })],
    ["the body's integrity", written({ ...RFC_7616, qop: "auth-int" })],
    ["a hashed user name", written({ ...RFC_7616, userhash: "true" })],
    ["count 0", written({ ...RFC_7616, nc: "00000000" })],
    ["a short count", written({ ...RFC_7616, nc: "1" })],
    ["a count with a sign", written({ ...RFC_7616, nc: "+0000001" })],
    ["an empty cnonce", written({ ...RFC_7616, cnonce: '""' })],
    ["a long cnonce", written({ ...RFC_7616, cnonce: `"${"c".repeat(513)}"` })],
    ["a response in capitals", written({ ...RFC_7616, response: RFC_7616.response.toUpperCase() })],
    ["a user with a colon", written({ ...RFC_7616, username: '"a:http-auth@example.org"' })],
    ["an empty user", written({ ...RFC_7616, username: '""' })],
    ["a user with white space around", written({ ...RFC_7616, username: '" root"' })],
    ["a user in Latin-1", written({ ...RFC_7616, username: '"J\xe4s"' })],
    [
      "an extended user in Latin-1",
      written({ ...RFC_7616, username: undefined, "username*": "iso-8859-1''J%E4s" }),
    ],
    [
      "an extended user that is no UTF-8",
      written({ ...RFC_7616, username: undefined, "username*": "UTF-8''J%E4s" }),
    ],
    [
      "a line end in an extended user",
      written({ ...RFC_7616, username: undefined, "username*": "UTF-8''a%0D%0Ab" }),
    ],
    [
      "an extended user in quotes",
      written({ ...RFC_7616, username: undefined, "username*": "\"UTF-8''a\"" }),
    ],
    ["20 kB", written({ ...RFC_7616, uri: `"/${"x".repeat(20_000)}"` })],
    ["a megabyte", `Digest ${'a="b",'.repeat(200_000)}`],
  ])("digest: %s is refused", (_, value) => {
    expect(readDigest(value)).toBeUndefined();
  });

  test("digest: no text makes it throw", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void readDigest(`Digest ${text}`)));
    const names = [...Object.keys(RFC_7616), "username*", "userhash"];
    const params = fc.array(fc.tuple(fc.constantFrom(...names), fc.string({ maxLength: 12 })));
    fc.assert(
      fc.property(params, (list) => {
        readDigest(`Digest ${list.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",")}`);
      }),
    );
  });
});

test("digest: what is meant for another place is told apart", () => {
  const credentials = { ...readDigest(written(RFC_7616))!, realm: "shop", uri: "/a?b" };
  const ours = { realm: "shop", target: "/a?b" };
  expect(misdirection(credentials, ours)).toBeUndefined();
  expect(misdirection(credentials, { ...ours, realm: "Shop" })).toBe("realm");
  for (const target of ["/a", "/a?b#", "/A?b", "http://h/a?b", "/%61?b"])
    expect(misdirection(credentials, { ...ours, target })).toBe("target");
});

test.each([
  ["MD5", "0123456789ABCDEF0123456789abcdef", "0123456789abcdef0123456789abcdef"],
  ["MD5", "a".repeat(64), undefined],
  ["SHA-256", "a".repeat(64), "a".repeat(64)],
  ["SHA-256", "a".repeat(32), undefined],
  ["MD5", "g".repeat(32), undefined],
  ["MD5", `${"a".repeat(32)}\n`, undefined],
  ["MD5", undefined, undefined],
  ["MD5", ["a".repeat(32)], undefined],
  ["MD5", 1, undefined],
] as const)("digest: of a hook for %s, %p is %p", (algorithm, value, expected) => {
  expect(readRealmHash(algorithm, value)).toBe(expected as string);
});

test("digest: the challenges are offered best first, and say when only the nonce was wrong", () => {
  const offer = { algorithms: ["SHA-256", "MD5"] as const, realm: "shop", nonce: "n", opaque: "o" };
  expect(digestChallenges({ ...offer, isStale: false })).toEqual([
    'Digest realm="shop", qop="auth", algorithm=SHA-256, nonce="n", opaque="o", charset=UTF-8, userhash=false',
    'Digest realm="shop", qop="auth", algorithm=MD5, nonce="n", opaque="o", charset=UTF-8, userhash=false',
  ]);
  const [first] = digestChallenges({ ...offer, algorithms: ["MD5"], isStale: true });
  expect(first).toEndWith(", userhash=false, stale=true");
});
