import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GwError } from "../../../src/core/errors.ts";
import { createRouter, type Destination, type Router } from "../../../src/front/stages/route.ts";
import { canonicalPath, loosePath } from "../../../src/http/path/paths.ts";
import type { FrontGroup } from "../../../src/link/messages.ts";
import { SETTINGS } from "../../support/front-process.ts";
import { anyVisit } from "../fakes.ts";

function group(name: string, given: Partial<FrontGroup> = {}): FrontGroup {
  return { name, mount: "/", stripMount: true, hosts: [], routes: [], settings: SETTINGS, ...given };
}

/** Only the routes of others lead to it. */
function unmounted(name: string): FrontGroup {
  const { mount: _mount, ...rest } = group(name);
  return rest;
}

function whereTo(route: Router, host: string, target: string): Destination | string {
  try {
    return route(host, target);
  } catch (error) {
    if (error instanceof GwError) return error.cause_;
    throw error;
  }
}

const nameOf = (route: Router, host: string, target = "/") => {
  const found = whereTo(route, host, target);
  return typeof found === "string" ? found : found.group;
};

describe("route: hosts", () => {
  const route = createRouter([
    group("exact", { hosts: ["www.example.com", "[::1]"] }),
    group("near", { hosts: ["*.b.example.com"] }),
    group("far", { hosts: ["*.example.com"] }),
    group("blog", { hosts: ["*.example.com"], mount: "/blog" }),
    group("any", { mount: "/any" }),
  ]);
  for (const [host, target, name] of [
    ["www.example.com", "/blog", "exact"],
    ["WWW.Example.COM.:8000", "/", "exact"],
    ["[0::1]:8000", "/", "exact"],
    ["a.b.example.com", "/blog", "near"],
    ["b.example.com", "/blog/x", "blog"],
    ["x.y.example.com", "/", "far"],
    ["example.com", "/", "not_mounted"],
    ["example.com", "/any/x", "any"],
    ["nobody.example.org", "/any", "any"],
  ] as const) {
    test(`${host} ${target}: ${name}`, () => expect(nameOf(route, host, target)).toBe(name));
  }

  test("when no mount of a host's groups fits, those of the next rank are asked", () => {
    const ranks = createRouter([
      group("exact", { hosts: ["a.example.com"], mount: "/a" }),
      group("wild", { hosts: ["*.example.com"], mount: "/b" }),
      group("any", { mount: "/c" }),
    ]);
    expect(["/a", "/b", "/c", "/d"].map((path) => nameOf(ranks, "a.example.com", path))).toEqual([
      "exact",
      "wild",
      "any",
      "not_mounted",
    ]);
  });

  test("a host that nobody names is unknown, unless one group is to take it", () => {
    const groups = [group("a", { hosts: ["a"] }), group("b", { hosts: ["b"], mount: "/b" })];
    expect(nameOf(createRouter(groups), "c")).toBe("unknown_host");
    expect(nameOf(createRouter(groups, "a"), "c")).toBe("a");
    expect(nameOf(createRouter(groups, "b"), "c")).toBe("not_mounted");
    expect(nameOf(createRouter(groups, "b"), "a", "/b")).toBe("a");
  });

  test("however many hosts clients make up, each is judged alike", () => {
    const named = createRouter([group("a", { hosts: ["*.a"] })]);
    for (let n = 0; n < 3000; n++) expect(nameOf(named, `h${n}.a`)).toBe("a");
    expect(nameOf(named, "h2999.b")).toBe("unknown_host");
  });
});

describe("route: mounts", () => {
  const route = createRouter([
    group("top"),
    group("api", { mount: "/api" }),
    group("v2", { mount: "/api/v2" }),
    group("whole", { mount: "/next", stripMount: false }),
  ]);
  for (const [target, name, onward] of [
    ["/", "top", "/"],
    ["/apis", "top", "/apis"],
    ["/API", "top", "/API"],
    ["/api", "api", ""],
    ["/api?x=/api/v2", "api", "?x=/api/v2"],
    ["/api/", "api", "/"],
    ["/api/v2/x?y", "v2", "/x?y"],
    ["/api/v20", "api", "/v20"],
    ["/next/a", "whole", "/next/a"],
    ["/%61pi/v2/%61", "v2", "/%61"],
    ["/api/a/../b", "api", "/a/../b"],
    ["/api//v2", "malformed_request", ""],
    ["/api/../x", "malformed_request", ""],
    ["//api", "malformed_request", ""],
    ["/api%2fv2", "malformed_request", ""],
    ["/api%2f..%2fx", "malformed_request", ""],
    // For new URL(request.url, base), x is a host.
    ["//x/api", "malformed_request", ""],
    ["//x/y", "top", "//x/y"],
    ["/y%2f..%2fapi%2fx//..//..//../z", "malformed_request", ""],
    ["/api;x", "malformed_request", ""],
    ["/x\\..\\api", "malformed_request", ""],
    ["/x/..", "top", "/x/.."],
    ["/.well-known/a", "top", "/.well-known/a"],
  ] as const) {
    test(`${target}: ${name}`, () => {
      const found = whereTo(route, "h", target);
      if (typeof found === "string") return expect(found).toBe(name);
      expect([found.group, target.slice(found.cut)]).toEqual([name, onward]);
    });
  }

  test("one group that takes everything takes every path, however it is spelled", () => {
    const only = createRouter([group("only")]);
    expect(only("h", "/../%2e%2e//;\\")).toEqual({ group: "only", mount: "/", cut: 0 });
  });
});

describe("route: routes", () => {
  const route = createRouter([
    group("app", {
      mount: "/app",
      routes: [
        { pattern: "/reports/*", group: "slow" },
        { pattern: "/reports/quick", group: "fast" },
        { pattern: "/one", group: "fast" },
        { pattern: "/lost/*", group: "nobody" },
      ],
    }),
    unmounted("slow"),
    unmounted("fast"),
  ]);
  for (const [target, name] of [
    ["/app/reports/a", "slow"],
    ["/app/reports", "slow"],
    ["/app/Reports/A?b", "slow"],
    ["/app/reports/quick", "fast"],
    ["/app/reports/quick/", "fast"],
    ["/app/reports/quick/a", "slow"],
    ["/app/reportsx", "app"],
    ["/app/one", "fast"],
    ["/app/one/two", "app"],
    ["/app/lost/a", "app"],
    ["/app", "app"],
    ["/app/%72eports/a", "slow"],
    ["/app/x/../reports", "malformed_request"],
    ["/app/reports%2fa", "malformed_request"],
    ["/app//reports/a", "malformed_request"],
    ["/app/reports;a/b", "malformed_request"],
    ["/reports/a", "not_mounted"],
  ] as const) {
    test(`${target}: ${name}`, () => expect(nameOf(route, "h", target)).toBe(name));
  }

  test("the app sits where its own group is mounted, whoever runs it", () => {
    expect(route("h", "/app/reports/a")).toEqual({ group: "slow", mount: "/app", cut: 4 });
  });
});

describe("route: whatever is sent", () => {
  const groups = [
    group("top", { routes: [{ pattern: "/b/*", group: "slow" }] }),
    group("api", { mount: "/a" }),
    group("deep", { mount: "/a/b" }),
    unmounted("slow"),
  ];
  const route = createRouter(groups);
  const parts = ["/", "/", "a", "b", "B", ".", "..", "%2e", "%2f", "%5c", "\\", ";", "%61", "?"];
  const anyTarget = fc
    .array(fc.constantFrom(...parts), { maxLength: 10 })
    .map((pieces) => `/${pieces.join("")}`);
  const pathOf = (target: string) => target.split("?")[0] ?? "";
  const asUrl = (target: string) => canonicalPath(new URL(`http://h${pathOf(target)}`).pathname);

  test("every way to read the path leads to the group that it is given to", () => {
    fc.assert(
      fc.property(anyTarget, (target) => {
        const found = whereTo(route, "h", target);
        if (typeof found === "string") return expect(found).toBe("malformed_request");
        for (const reading of [asUrl(target), loosePath(pathOf(target))])
          if (!/[\\;%]|\/\//.test(reading)) expect(nameOf(route, "h", reading)).toBe(found.group);
      }),
      { numRuns: 5000 },
    );
  });

  test("the worker gets the client's own bytes, and no path that leads out of the mount", () => {
    fc.assert(
      fc.property(anyTarget, (target) => {
        const found = whereTo(route, "h", target);
        if (typeof found === "string") return;
        const visit = Object.assign(anyVisit(), { target, cut: found.cut });
        expect(visit.onward.startsWith("/") && target.endsWith(visit.onward.slice(1))).toBeTrue();
        const inside = asUrl(visit.onward);
        const whole = asUrl(target);
        if (found.mount === "/") expect(inside).toBe(whole);
        else expect([`${found.mount}${inside}`, `${found.mount}${inside}`.slice(0, -1)]).toContain(whole);
      }),
      { numRuns: 5000, examples: [["/a/../%61\\"], ["/a\\b"]] },
    );
  });
});
