import { describe, expect, test } from "bun:test";
import { KEYS, rowOf } from "../../../src/options/declare/table.ts";
import { complete, defaultServerRoot, isOfPackage } from "../../../src/options/groups/defaults.ts";
import { factsWith } from "../facts.ts";

const facts = factsWith();

describe("defaults: of the table, and what follows from others", () => {
  test("every option has its value, and nobody can change one", () => {
    const settings = complete({}, facts);
    expect(Object.keys(settings).sort()).toEqual([...KEYS].sort());
    for (const key of KEYS)
      if (rowOf(key).default !== undefined) expect(settings[key]).toEqual(rowOf(key).default as never);
    expect(Object.isFrozen(settings)).toBe(true);
  });

  test.each([
    ["port", {}, 8000],
    ["port", { httpsPort: 8443 }, 8443],
    ["port", { port: 80, httpsPort: 8443 }, 80],
    ["host", {}, "0.0.0.0"],
    ["maxQueue", { listenBacklog: 100, processes: { min: 1, max: 3 } }, 300],
    ["maxQueue", { listenBacklog: 100, processes: { min: 1, max: 3 }, maxQueue: 7 }, 7],
    ["inactivityTimeout", { processes: { min: 0, max: 3 } }, 300_000],
    ["inactivityTimeout", { processes: { min: 1, max: 3 } }, 0],
    ["inactivityTimeout", { processes: { min: 0, max: 3 }, embeddedMode: true }, 0],
    ["directoryIndex", {}, ["index.html"]],
    ["directoryIndex", { app: "/srv/shop/app.ts" }, []],
    ["evictionTimeout", { gracefulTimeout: 4_000 }, 4_000],
    ["authRealm", {}, "gw"],
    ["authRealm", { serverName: "shop.test" }, "shop.test"],
  ] as const)("%s, given %j, is %p", (key, values, value) => {
    expect(complete(values as never, facts)[key] as unknown).toEqual(value);
  });
});

describe("defaults: the home of an app", () => {
  const homeOf = (
    app: string | undefined,
    { files = [] as string[], chroot = undefined as string | undefined } = {},
  ) => complete({ ...(app && { app }), ...(chroot && { chroot }) }, factsWith(files)).home;

  test.each([
    [
      "the nearest directory with a package.json",
      "/srv/shop/sub/app.ts",
      ["/srv/shop/package.json"],
      "/srv/shop",
    ],
    ["or with a tsconfig.json", "/srv/shop/sub/app.ts", ["/srv/shop/sub/tsconfig.json"], "/srv/shop/sub"],
    ["else that of the file", "/srv/shop/sub/app.ts", [], "/srv/shop/sub"],
    [
      "for a program made by others, where gw was started",
      "/opt/node_modules/x/main.js",
      ["/opt/package.json"],
      "/srv/shop",
    ],
    ["for the welcome page as well", undefined, [], "/srv/shop"],
  ] as [string, string | undefined, string[], string][])("%s", (_, app, files, home) => {
    expect(homeOf(app, { files })).toBe(home);
  });

  test("nothing outside of a root directory is looked at, nor is anybody's home there", () => {
    const files = ["/srv/package.json"];
    expect(homeOf("/srv/jail/sub/app.ts", { files, chroot: "/srv/jail" })).toBe("/srv/jail/sub");
    expect(homeOf(undefined, { chroot: "/srv/jail" })).toBe("/srv/jail");
    expect(homeOf(undefined, { chroot: "/srv" })).toBe("/srv/shop");
  });
});

describe("defaults: the server root", () => {
  test("is that of the address and the user, and of the process where the system chooses the port", () => {
    expect(defaultServerRoot("::1", 80, undefined, facts)).toBe("/tmp/gw-::1:80:501");
    expect(defaultServerRoot("::1", 0, undefined, facts)).toBe("/tmp/gw-::1:0.77:501");
    expect(defaultServerRoot("::1", 80, "/jail", facts)).toBe("/jail/gw-::1:80:501");
  });
});

test("defaults: a program made by others lies in node_modules", () => {
  expect(["/a/node_modules/b/c.js", "/a/node_modules.js", "/node_modulesx/a.js"].map(isOfPackage)).toEqual([
    true,
    false,
    false,
  ]);
});
