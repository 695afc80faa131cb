// Which paths are guarded, however they are spelled, and whose groups they ask for.
import { describe, expect, test } from "bun:test";
import { posix } from "node:path";
import fc from "fast-check";
import { createGuardedPaths } from "../../../src/front/auth/guarded-paths.ts";

const none = { paths: [], exceptPaths: [], groups: [] };

describe("guarded paths", () => {
  test.each<[string[], string[], string, boolean]>([
    [[], [], "/", true],
    [[], [], "/a/b", true],
    [["/admin"], [], "/admin", true],
    [["/admin"], [], "/admin/", true],
    [["/admin"], [], "/admin/users", true],
    [["/admin/"], [], "/admin", true],
    [["/admin"], [], "/administrator", false],
    [["/admin"], [], "/", false],
    [["/admin"], [], "/ADMIN/x", true],
    [["/admin"], [], "/x/../admin", true],
    [["/admin"], [], "/admin/../x", true],
    [["/admin"], [], "/%61dmin", true],
    [["/admin"], [], "/x%2f..%2fadmin", true],
    [["/admin"], [], "//admin", true],
    [["/admin"], [], "/x/;a/../../admin", true],
    [["/admin"], [], "/\\admin", true],
    [["/admin;v"], [], "/admin;v", true],
    // For new URL(request.url, base), x is a host.
    [["/admin"], [], "//x/admin/a", true],
    [["/admin"], [], "/\\x/admin", true],
    [["/admin"], [], "/%2fx/admin", true],
    // Decoded after it was resolved: a way up leads out of nothing, where readers without empty segments go up.
    [["/admin"], [], "/y%2f..%2fadmin%2fx//..//..//../secret", true],
    [["/admin"], [], "/./admin/%2e%2e/x", true],
    // new URL of what was decoded before.
    [["/admin"], [], "/admin%23x", true],
    [["/admin"], [], "/admin%3Fx", true],
    [["/admin"], [], "/%0aad%09min", true],
    [["/admin"], [], "/admin%00", true],
    [["/admin/a"], [], "/b/../admin/c/../a", true],
    [["/admin"], [], "/b/../administrator", false],
    [["/admin"], [], "/wiki/%C3%BCber/admin", false],
    [["/admin"], [], "/a;b//admin", false],
    [["/a", "/b"], [], "/b/c", true],
    [["/"], [], "/anything", true],
    [[], ["/health"], "/health", false],
    [[], ["/health"], "/health/live", false],
    [[], ["/health"], "/Health", true],
    [[], ["/health"], "/healthy", true],
    [[], ["/health"], "/health/../admin", true],
    [[], ["/health"], "/health/..%2fadmin", true],
    [[], ["/health"], "/admin/../health", true],
    [[], ["/health"], "/health%2f..%2fadmin", true],
    [[], ["/health"], "/health;/../admin", true],
    [[], ["/health"], "/health/../health", true],
    [[], ["/health"], "//health", true],
    [[], ["/health"], "/health/%C3%BC", false],
    [["/admin"], ["/admin/logo"], "/admin/logo/big", false],
    [["/admin"], ["/admin/logo"], "/admin/logos", true],
  ])("guarded paths: of %j but %j, %s", (paths, exceptPaths, path, isGuarded) => {
    expect(createGuardedPaths({ ...none, paths, exceptPaths }).isGuarded(path)).toBe(isGuarded);
  });

  test("guarded paths: no spelling of a way into a guarded path is free", () => {
    const { isGuarded } = createGuardedPaths({ ...none, paths: ["/admin"] });
    const detour = fc.constantFrom("x/..", "%2e", ".", "", "y/%2e%2e", "a;b/..", "x\\..");
    const letter = (text: string) =>
      fc.tuple(
        ...[...text].map((one) =>
          fc.constantFrom(one, one.toUpperCase(), `%${one.charCodeAt(0).toString(16)}`),
        ),
      );
    fc.assert(
      fc.property(
        fc.array(detour, { maxLength: 4 }),
        letter("admin"),
        fc.constantFrom("", "/", "/a", ";p/b"),
        (before, name, after) => {
          const path = `/${[...before, name.join("")].join("/")}${after}`;
          expect([path, isGuarded(path)]).toEqual([path, true]);
        },
      ),
    );
  });

  /** What a program may make of a path that is not gw's, in one step or in several. */
  const viewsOf = (path: string): string[] => {
    const read = [path, decoded(path), byUrl(path), byUrl(decoded(path)), decoded(byUrl(path))];
    return read.flatMap((one) => [one, one.replace(/\/+/g, "/"), posix.normalize(one)]);
  };
  const decoded = (path: string) => {
    try {
      return decodeURIComponent(path);
    } catch {
      return path;
    }
  };
  const byUrl = (path: string) =>
    URL.canParse(path, "http://a") ? new URL(path, "http://a").pathname : path;
  const isIn = (path: string, top: string) =>
    path.toLowerCase() === top || path.toLowerCase().startsWith(`${top}/`);

  test("guarded paths: whatever a program makes of a path, it gets nowhere that is guarded without being asked", () => {
    const odd = [
      "..",
      ".",
      "%2e",
      "%2E.",
      "",
      "\\",
      "%5c",
      "%2f",
      "x%2f..%2fadmin",
      "%2e%2e%2f",
      "admin%2fx",
    ];
    const segment = fc.constantFrom("admin", "AD%4din", "health", "x", ";a", "admin;a", "%C3%BC", ...odd);
    const guarded = createGuardedPaths({ ...none, paths: ["/admin"] });
    const excepted = createGuardedPaths({ ...none, exceptPaths: ["/health"] });
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 7 }), (segments) => {
        const path = `/${segments.join("/")}`;
        for (const view of viewsOf(path)) {
          if (isIn(view, "/admin")) expect([path, view, guarded.isGuarded(path)]).toEqual([path, view, true]);
          if (!isIn(view, "/health"))
            expect([path, view, excepted.isGuarded(path)]).toEqual([path, view, true]);
        }
      }),
      { numRuns: 3000 },
    );
  });

  const groups = [
    { path: "/", name: "staff" },
    { path: "/admin", name: "admins" },
    { path: "/admin", name: "owners" },
  ];

  test.each<[string, string[]]>([
    ["/", ["staff"]],
    ["/a", ["staff"]],
    ["/admin", ["admins", "owners"]],
    ["/admin/a", ["admins", "owners"]],
    ["/Admin", ["admins", "owners"]],
    ["/administrator", ["staff"]],
  ])("guarded paths: %s asks for %j", (path, expected) => {
    expect(createGuardedPaths({ ...none, groups }).groupsFor(path)).toEqual(expected);
  });

  test("guarded paths: a path that asks for one group or another is refused", () => {
    expect(() => createGuardedPaths({ ...none, groups }).groupsFor("/a/../admin")).toThrow(
      "another group of users",
    );
    expect(() => createGuardedPaths({ ...none, groups }).groupsFor("//a/admin")).toThrow(
      "another group of users",
    );
    expect(createGuardedPaths({ ...none, groups }).groupsFor("//a/b")).toEqual(["staff"]);
    expect(createGuardedPaths(none).groupsFor("/a/../admin")).toEqual([]);
  });
});
