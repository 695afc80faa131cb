// Which of a module's exports is the app, also through the ways in which CommonJS arrives in an ES module.
import { describe, expect, test } from "bun:test";
import { chooseExport, exportNames } from "../../src/worker/load-app.ts";

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
