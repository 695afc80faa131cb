import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type Fate,
  fateOf,
  fieldValue,
  isCleanValue,
  isValidHost,
  nominated,
} from "../../src/http/fields.ts";

const FATES: Record<Fate, string[]> = {
  connection: ["Connection"],
  hop: [
    "Keep-Alive",
    "Proxy",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Upgrade",
  ],
  framing: ["Content-Length", "Transfer-Encoding"],
  host: ["Host"],
  expect: ["Expect"],
  prefix: ["X-Forwarded-Prefix", "X_Forwarded_Prefix", "X-Forwarded_Prefix"],
  trace: ["traceparent", "Tracestate"],
  reserved: ["X-Gw-Visit", "X-GW-", "x-gw-anything"],
  pass: [
    "Accept",
    "Cookie",
    "Set-Cookie",
    "WWW-Authenticate",
    "X-Gw",
    "X-Gwen",
    "Trailers",
    "constructor",
    "__proto__",
  ],
  invalid: [
    "",
    "a b",
    "a:",
    "a\t",
    " a",
    "a\r",
    "a\nb",
    "a\0",
    "ä",
    "a\xa0",
    "(a)",
    "a/b",
    'a"',
    "a,b",
    "a;b",
    "[a]",
    "a@b",
  ],
};

describe("fields: fates", () => {
  for (const [fate, names] of Object.entries(FATES))
    for (const name of names) {
      test(`${JSON.stringify(name)} is ${fate} in any letter case, each time it is asked`, () => {
        for (const spelling of [name, name.toUpperCase(), name.toLowerCase(), name])
          expect(fateOf(spelling)).toBe(fate as Fate);
      });
    }

  test("a name is a token of RFC 9110, or invalid", () => {
    const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 12 }), (name) => {
        expect(fateOf(name) === "invalid").toBe(!token.test(name));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("fields: Connection", () => {
  for (const [value, names] of [
    ["close", []],
    ["Keep-Alive", []],
    ["keep-alive, close", []],
    ["Upgrade", []],
    ["", []],
    [",, ,", []],
    ["X-One,x-two ,\tX-Three", ["x-one", "x-two", "x-three"]],
    ["close, X-One", ["x-one"]],
    ["keep-alive, TE, Upgrade", ["te"]],
  ] as const) {
    test(`${JSON.stringify(value)} nominates ${names.join(" ") || "nothing"}`, () =>
      expect(nominated(value)).toEqual([...names]));
  }
});

describe("fields: values", () => {
  test("every control character but tab spoils a value", () => {
    for (let code = 0; code < 256; code++) {
      const isControl = (code < 32 && code !== 9) || code === 127;
      expect(isCleanValue(`a${String.fromCharCode(code)}b`)).toBe(!isControl);
    }
  });

  test("the first field of a name is found in any letter case, and nothing else", () => {
    const fields = ["Accept", "a", "ACCEPT", "b", "Accept-Language", "c", "X", ""];
    expect(fieldValue(fields, "accept")).toBe("a");
    expect(fieldValue(fields, "x")).toBe("");
    expect(fieldValue(fields, "a")).toBeUndefined();
    expect(fieldValue([], "a")).toBeUndefined();
  });
});

describe("fields: hosts", () => {
  for (const host of [
    "localhost",
    "localhost:8000",
    "example.org",
    "EXAMPLE.org:80",
    "example.org.",
    "a",
    "1a",
    "a-b.c_d",
    "127.0.0.1",
    "127.0.0.1:65535",
    "[::1]",
    "[2001:db8::1]:8080",
    "[::ffff:10.0.0.1]",
    "xn--bcher-kva.example",
    "a%41",
    "_dmarc.example.org",
  ]) {
    test(`${host} is a host`, () => expect(isValidHost(host)).toBe(true));
  }

  for (const host of [
    "",
    ":80",
    "a b",
    " a",
    "a ",
    "a,b",
    "a:b",
    "a:",
    "a:1:2",
    "a:65536",
    "a:99999",
    "a:123456",
    "a:-1",
    "u@a",
    "u:p@a",
    "a/b",
    "a?b",
    "a#b",
    "a\\b",
    "<a>",
    "a\r\nX: y",
    "a\0",
    "ä.example",
    "[::1",
    "::1",
    "[]",
    "[::::]",
    "[g::1]",
    "999.1.1.1",
    "1.2.3.4.5",
    "a.1",
    "%zz",
    "a%00",
    "a%2fb",
    "xn--a",
    "a".repeat(262),
  ]) {
    test(`${JSON.stringify(host.slice(0, 40))} is none`, () => expect(isValidHost(host)).toBe(false));
  }

  test("of every valid host an app can make a URL, and that URL is on this host", () => {
    const piece = fc.constantFrom(
      "a",
      "b-c",
      "1",
      "0x1",
      "255",
      "256",
      ".",
      "..",
      ":",
      "80",
      "65536",
      "[",
      "]",
      "%",
      "41",
      "xn--",
      "_",
      "~",
      "::",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const host = pieces.join("");
        if (!isValidHost(host)) return;
        const url = new URL(`http://${host}/x`);
        expect([url.pathname, url.username, url.search, url.hash]).toEqual(["/x", "", "", ""]);
      }),
      { numRuns: 3000 },
    );
  });
});

test("a host is judged in the same way each time, however many others came between", () => {
  const hosts = ["a.test", "127.0.0.1:80", "[::1]", "a,b", "user@a", "xn--a", "256.256.256.256"];
  const first = hosts.map(isValidHost);
  expect(hosts.map(isValidHost)).toEqual(first);
  for (let i = 0; i < 3000; i++) expect(isValidHost(`h${i}.test`)).toBe(true);
  expect(hosts.map(isValidHost)).toEqual(first);
});
