// Where clients are sent instead of being answered, and what the answers of a group have in common.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { addressFor, answerStages } from "../../../src/front/stages/answers.ts";
import { anyHost, SETTINGS } from "../../support/front-process.ts";
import { anyVisit, Ends } from "../fakes.ts";

function asked(target: string, changes: object = {}) {
  const path = target.replace(/\?.*/, "");
  const peer = { scheme: "https" as const };
  return { target, path, onward: target, cut: 0, mount: "/", script: "", host: "a.test", peer, ...changes };
}

const PATHS = [
  { from: "/old", to: "/new" },
  { from: "/blog/*", to: "/journal/*" },
  { from: "/all/*", to: "/one?all=1#top" },
  { from: "/out/*", to: "https://other.test/in/*" },
  { from: "/up/*", to: "/*" },
];

describe("answers: redirects", () => {
  test.each<[string, string | undefined]>([
    ["/old", "/new"],
    ["/old?a=1&b", "/new?a=1&b"],
    ["/old/", undefined],
    ["/older", undefined],
    ["/blog", undefined],
    ["/blog/", "/journal/"],
    ["/blog/a/b?c", "/journal/a/b?c"],
    ["/all/x?y=2", "/one?all=1&y=2#top"],
    ["/out/a%20b?c", "https://other.test/in/a%20b?c"],
    ["/up//evil.test/", "/evil.test/"],
    ["/up/\\evil.test", "/evil.test"],
    ["/up/\t/evil.test", "/%09/evil.test"],
    ["/blog/caf\xe9", "/journal/caf%E9"],
  ])("answers: %j leads to %p", (target, location) => {
    expect(addressFor(asked(target), { paths: PATHS })).toBe(location);
  });

  test("answers: whatever a client sends, a path of this host stays one", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("/", "\\", "\t", "a", ".", "%", "@", ":") }), (rest) => {
        const location = addressFor(asked(`/up/${rest}`), { paths: PATHS });
        if (location !== undefined) expect(new URL(location, "https://a.test/").host).toBe("a.test");
      }),
    );
  });

  test("answers: paths are below the mount, whether workers get it or not", () => {
    const kept = { mount: "/shop" };
    const stripped = { ...kept, cut: 5, onward: "/old?x" };
    expect(addressFor(asked("/shop/old", kept), { paths: PATHS })).toBe("/shop/new");
    expect(addressFor(asked("/shop/old?x", stripped), { paths: PATHS })).toBe("/shop/new?x");
    expect(addressFor(asked("/old", kept), { paths: PATHS })).toBeUndefined();
    expect(addressFor(asked("/old", { script: "/app" }), { paths: PATHS })).toBe("/app/new");
  });
});

describe("answers: one host", () => {
  test.each<[string, string, string | undefined]>([
    ["www.a.test", "www.a.test", undefined],
    ["WWW.A.test.", "www.a.test", undefined],
    ["a.test", "www.a.test", "https://www.a.test/x?y"],
    ["a.test:8443", "www.a.test", "https://www.a.test:8443/x?y"],
    ["www.a.test:8443", "www.a.test", undefined],
    ["www.a.test:8443", "www.a.test:443", "https://www.a.test:443/x?y"],
    ["www.a.test:443", "www.a.test:443", undefined],
    ["[::1]:81", "www.a.test", "https://www.a.test:81/x?y"],
  ])("answers: %s where %s is wanted", (host, canonicalHost, location) => {
    expect(addressFor(asked("/x?y", { host }), { canonicalHost, paths: [] })).toBe(location);
  });

  test("answers: host and path are corrected at once", () => {
    const rules = { canonicalHost: "www.a.test", paths: PATHS };
    expect(addressFor(asked("/old?x"), rules)).toBe("https://www.a.test/new?x");
    expect(addressFor(asked("/out/x"), rules)).toBe("https://other.test/in/x");
  });
});

describe("answers: the stage", () => {
  test("answers: there is none where nothing is said", () => {
    expect(answerStages([anyHost("a")])).toEqual([]);
  });

  test("answers: it ends a visit that is sent elsewhere, and marks any other", () => {
    const settings = { ...SETTINGS, answers: { fields: ["X-A", "b"] }, redirects: { paths: PATHS } };
    const [stage] = answerStages([anyHost("a", settings), anyHost("b")]);
    const pass = (group: string, target: string) => {
      const ends = new Ends();
      const visit = anyVisit(0, "id", ends);
      Object.assign(visit, { group, target, host: "a.test" });
      void stage?.(visit);
      return [ends.all.map(({ ending }) => ending), visit.own?.fields];
    };
    expect(pass("a", "/x")).toEqual([[], ["X-A", "b"]]);
    expect(pass("b", "/old")).toEqual([[], undefined]);
    expect(pass("a", "/old")).toEqual([
      [{ kind: "redirected", location: "/new", forSeconds: 3600 }],
      ["X-A", "b"],
    ]);
  });
});
