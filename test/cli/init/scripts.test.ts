import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { scriptsFor, withScripts } from "../../../src/cli/init/scripts.ts";

const SERVED = { words: ["src/my app.ts"], sources: "src/my app.ts" };
const START = "exec gw start-server 'src/my app.ts'";

describe("scripts", () => {
  test("are called start, dev and reload where nothing else is", () => {
    expect(scriptsFor(SERVED, {})).toEqual([
      { name: "start", command: START, what: "added" },
      { name: "dev", command: `${START} --reload-on-changes`, what: "added" },
      { name: "reload", command: "gw reload", what: "added" },
    ]);
    expect(scriptsFor({ words: ["a.js"] }, {}).map(({ name }) => name)).toEqual(["start", "reload"]);
  });

  test("make way for those that the app has, and are not added again", () => {
    const present = { start: "node a.js", dev: "vite", "gw:dev": "x", reload: "gw reload" };
    expect(scriptsFor(SERVED, present).map(({ name, what }) => [name, what])).toEqual([
      ["gw:start", "added"],
      ["gw:dev", "no name is free for it"],
      ["reload", "there already"],
    ]);
    expect(scriptsFor(SERVED, { ...present, "gw:start": START })[0]?.what).toBe("there already");
  });

  test.each([
    ["two spaces", '{\n  "name": "a"\n}\n', '  "scripts": {\n    "start": '],
    ["four spaces", '{\n    "name": "a"\n}\n', '    "scripts": {\n        "start": '],
    ["tabs", '{\n\t"name": "a"\n}', '\t"scripts": {\n\t\t"start": '],
    ["lines as on Windows", '{\r\n  "name": "a"\r\n}\r\n', '  "scripts": {\r\n    "start": '],
    ["scripts", '{\n  "scripts": {\n    "test": "x"\n  }\n}\n', '"test": "x",\n    "start": '],
    ["nothing", "{}", '"scripts": {'],
  ])("are written as the file is: %s", (_, text, part) => {
    const written = withScripts(text, scriptsFor(SERVED, {}));
    expect(written).toContain(part);
    expect(JSON.parse(written).scripts).toMatchObject({ start: START, reload: "gw reload" });
  });

  test("change nothing that was there, and a second time nothing at all", () => {
    const text = fc.record({
      name: fc.string(),
      scripts: fc.dictionary(fc.string(), fc.string()),
      x: fc.jsonValue(),
    });
    fc.assert(
      fc.property(text, fc.constantFrom(undefined, 2, "\t"), (before, space) => {
        const given = JSON.stringify(before, undefined, space);
        const written = withScripts(given, scriptsFor(SERVED, before.scripts));
        const after = JSON.parse(written);
        expect({ ...after, scripts: { ...after.scripts, ...before.scripts } }).toEqual(after);
        expect({ ...after, scripts: 0 }).toEqual({ ...JSON.parse(given), scripts: 0 });
        expect(withScripts(written, scriptsFor(SERVED, after.scripts))).toBe(written);
      }),
    );
  });
});
