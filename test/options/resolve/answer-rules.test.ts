// What must hold among the options of answers.
import { describe, expect, test } from "bun:test";
import { resolve } from "../../../src/options/resolve/resolve.ts";
import { good, toldOf, whatOf } from "../configured.ts";
import { factsWith } from "../facts.ts";

const resolveFlags = (argv: string[]) =>
  resolve({
    argv: ["app.ts", ...argv],
    env: {},
    facts: factsWith(["/srv/shop/app.ts", "/srv/shop/site/a.html"]),
  });
const redirect = (...pairs: [string, string][]) => pairs.flatMap((pair) => ["--redirect", ...pair]);

describe("answer-rules", () => {
  test("answer-rules: what is good", () => {
    const { settings } = good(
      resolveFlags([
        ...redirect(["/old", "/new"], ["/b/*", "https://a.test:8/c/*"], ["/x", "/y?z=1#a"], ["/", "/home"]),
        ...["--canonical-host", "Bücher.test", "--response-header", "X-Frame-Options", "DENY"],
        ...["--document-root", "site", "--spa-fallback", "a.html"],
      ]),
    );
    expect([settings.canonicalHost, settings.redirect.length, settings.spaFallback]).toEqual([
      ...["xn--bcher-kva.test", 4, "a.html"],
    ]);
  });

  test.each([
    ["old", "/new"],
    ["/old", "new"],
    ["/old", "//new.test"],
    ["/old", "ftp://a.test/"],
    ["/old", "https://a.test*"],
    ["/o*d", "/new"],
    ["/old?a", "/new"],
    ["/old", "/a b"],
    ["/old", "/a\r\nX: y"],
    ["/old/*", "/a/*/b"],
  ])("answer-rules: no redirect leads from %j to %j", (from, to) => {
    expect(whatOf(resolveFlags(redirect([from, to])))).toHaveLength(1);
  });

  test("answer-rules: redirects that lead nowhere are named", () => {
    expect(toldOf(resolveFlags(redirect(["/a", "/b"], ["/a", "/c"])))).toEqual([
      ['There are two redirects from "/a"', "--redirect", "Leave one of them"],
    ]);
    expect(whatOf(resolveFlags(redirect(["/a", "/b/*"])))).toEqual([
      'The redirect from "/a" has nothing for the * of "/b/*"',
    ]);
    expect(whatOf(resolveFlags(redirect(["/a/*", "/a/b/*"])))).toEqual([
      'The redirect from "/a/*" leads to "/a/b/*", and from there back to it',
    ]);
    expect(whatOf(resolveFlags(redirect(["/a", "/b"], ["/b", "/c"], ["/c", "/a?x"])))).toHaveLength(3);
    expect(whatOf(resolveFlags(redirect(["/a", "/b"], ["/b", "/c"])))).toEqual([]);
  });

  test.each([
    "Content-Length",
    "transfer-encoding",
    "Vary",
    "Set-Cookie",
    "GW-Visit",
    "Strict-Transport-Security",
  ])("answer-rules: %s is not the operator's to say", (name) => {
    const [told] = toldOf(resolveFlags(["--response-header", name, "x"]));
    expect(told?.[0]).toStartWith(`responseHeader cannot say ${name}: `);
  });

  test.each([
    ["--response-header", "a b", "c"],
    ["--response-header", "A", "b\nc"],
    ["--response-header", "A", ""],
    ["--canonical-host", "https://a.test"],
    ["--canonical-host", "a.test:99999"],
    ["--spa-fallback", "../a.html"],
    ["--error-document", "200", "/a"],
    ["--error-document", "404", "a.html"],
    ["--error-document", "404", "/a#b"],
    ["--map-head-to-get", "yes"],
    ["--compress-types", "text"],
    ["--compress-types", "*/*"],
    ["--compress-types", "text/html;q=1"],
  ] as const)("answer-rules: %s %s %s is refused", (flag, ...words) => {
    expect(whatOf(resolveFlags([flag, ...words.filter((word) => typeof word === "string")]))).toHaveLength(1);
  });

  test("answer-rules: one document for each status", () => {
    const twice = ["--error-document", "404", "/a", "--error-document", "404", "/b"];
    expect(whatOf(resolveFlags(twice))).toEqual(["There are two of errorDocument for 404"]);
    expect(whatOf(resolveFlags([...twice.slice(0, 3), "--error-document", "503", "/a"]))).toEqual([]);
  });

  test("answer-rules: the one host is one of the group's", () => {
    const hosts = ["--server-name", "a.test", "--server-alias", "*.b.test"];
    expect(whatOf(resolveFlags([...hosts, "--canonical-host", "www.a.test"]))).toEqual([
      expect.stringMatching(
        /^canonicalHost "www.a.test" is no host of the group "\w+": it takes a.test, \*.b.test/,
      ),
    ]);
    for (const host of ["a.test", "a.test:8443", "x.b.test"])
      expect(whatOf(resolveFlags([...hosts, "--canonical-host", host]))).toEqual([]);
  });

  test("answer-rules: a page for browsers stands in the document root", () => {
    expect(whatOf(resolveFlags(["--spa-fallback", "a.html"]))).toEqual([
      'spaFallback "a.html" is a file in documentRoot, and there is none',
    ]);
    expect(whatOf(resolveFlags(["--spa-fallback", "b.html", "--document-root", "site"]))).toEqual([
      'There is no file "b.html" in documentRoot for spaFallback',
    ]);
  });

  test("answer-rules: types without compression are told to be idle", () => {
    const types = ["--compress-types", "text/html"];
    expect(good(resolveFlags(types)).warnings).toEqual([
      "compressTypes (--compress-types) has no effect, because compressResponses is off",
    ]);
    expect(good(resolveFlags([...types, "--compress-responses"])).warnings).toEqual([]);
  });
});
