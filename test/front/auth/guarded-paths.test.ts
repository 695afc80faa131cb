// Which paths are guarded, however they are spelled, and whose groups they ask for.
import { describe, expect, test } from "bun:test";
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
    expect(createGuardedPaths(none).groupsFor("/a/../admin")).toEqual([]);
  });
});
