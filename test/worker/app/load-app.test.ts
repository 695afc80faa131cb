// Which of a module's exports is the app, also through the ways in which CommonJS arrives in an ES module.
import { describe, expect, test } from "bun:test";
import { mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { chooseExport, exportNames, locateApp } from "../../../src/worker/app/load-app.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const app = { fetch: () => new Response() };

const ROWS: [what: string, exports: Record<string, unknown>, name: string, chosen: unknown][] = [
  ["the default export", { default: app }, "default", app],
  ["a promise of it", { default: Promise.resolve(app) }, "default", app],
  ["a named export", { default: 1, app }, "app", app],
  ["a property of module.exports", { default: { app } }, "app", app],
  [
    "the default inside a default, as compilers to CommonJS write it",
    { default: { __esModule: true, default: app } },
    "default",
    app,
  ],
  [
    "an app that happens to have a property called default",
    { default: Object.assign(app, { default: 1 }) },
    "default",
    app,
  ],
  ["nothing where there is nothing", { other: app }, "default", undefined],
  ["nothing for a name that is missing", { default: app }, "absent", undefined],
];

describe("choose", () => {
  test.each(ROWS)("choose: %s", async (_what, exports, name, chosen) => {
    expect(await chooseExport(exports, name)).toBe(chosen);
  });

  test("choose: names of exports leave out what compilers add", () => {
    expect(exportNames({ default: 1, app: 2, __esModule: true, "module.exports": {} })).toBe("default, app");
    expect(exportNames({})).toBe("nothing");
  });
});

describe("locate", () => {
  test("locate: every kind of link is followed to where the kernel would end", () => {
    using temp = makeTempDir();
    const at = (name: string) => join(temp.path, name);
    for (const name of ["releases/1/src", "else/where"]) mkdirSync(at(name), { recursive: true });
    temp.write("releases/1/src/app.ts", "");
    symlinkSync("releases/1", at("current"));
    symlinkSync(at("current"), at("else/absolute"));
    symlinkSync("../current/src/../src", at("else/up"));
    symlinkSync("app.ts", at("releases/1/src/main.ts"));
    symlinkSync(at("else/where"), at("elsewhere"));
    const app = at("releases/1/src/app.ts");
    for (const name of ["current/src/app.ts", "else/absolute/src/main.ts", "else/up/app.ts"])
      expect([name, locateApp(at(name)), realpathSync(at(name))]).toEqual([name, app, app]);
    // As the kernel goes: up from where the link has led.
    expect(locateApp(`${at("elsewhere")}/../up/main.ts`)).toBe(app);
  });

  test("locate: links in a circle, and ones that lead nowhere, are no app", () => {
    using temp = makeTempDir();
    symlinkSync("two", join(temp.path, "one"));
    symlinkSync("one", join(temp.path, "two"));
    symlinkSync("nowhere", join(temp.path, "dangling"));
    for (const name of ["one", "two", "dangling", "absent"])
      expect(() => locateApp(join(temp.path, name))).toThrow("There is no app");
  });
});
