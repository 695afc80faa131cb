// `gw init`, as it is typed.
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { runGw } from "../../support/gw.ts";
import { makeTempDir, type TempDir } from "../../support/temp-dir.ts";

const EXPRESS =
  '{\n  "name": "shop",\n  "scripts": { "start": "node app.js" },\n  "dependencies": { "express": "5" }\n}\n';

const init = (dir: TempDir, ...words: string[]) => runGw(["init", ...words], { cwd: dir.path });
const textIn = (dir: TempDir) => readFileSync(join(dir.path, "package.json"), "utf8");

describe("init", () => {
  test("adds scripts beside those that are there, says what it did, and does it once", async () => {
    using dir = makeTempDir();
    dir.write("package.json", EXPRESS);
    dir.write("app.js", "");
    const dry = await init(dir, "--dry-run");
    expect([dry.code, dry.stdout, textIn(dir)]).toEqual([
      0,
      expect.stringContaining("would be added"),
      EXPRESS,
    ]);
    const { code, stdout } = await init(dir);
    expect(code).toBe(0);
    expect(stdout).toContain("  gw:start  added: exec gw start-server app.js\n");
    expect(stdout).toContain("gw is none of its packages");
    expect(stdout).toEndWith("Next: npm run gw:start\n");
    // What has the name in a public registry is somebody else's.
    expect(stdout).not.toContain("npm install");
    const written = textIn(dir);
    expect(JSON.parse(written).scripts).toEqual({
      start: "node app.js",
      "gw:start": "exec gw start-server app.js",
      dev: "exec gw start-server app.js --reload-on-changes",
      reload: "gw reload",
    });
    const { mtimeMs } = statSync(join(dir.path, "package.json"));
    const again = JSON.parse((await init(dir, "--json")).stdout);
    expect(again.scripts.map(({ what }: { what: string }) => what)).toEqual(Array(3).fill("there already"));
    expect([textIn(dir), statSync(join(dir.path, "package.json")).mtimeMs]).toEqual([written, mtimeMs]);
  });

  test("knows what a framework builds, and takes a file that is named", async () => {
    using dir = makeTempDir();
    dir.write("package.json", '{ "dependencies": { "astro": "5", "@astrojs/node": "9" } }');
    dir.write("other.ts", "");
    expect(JSON.parse((await init(dir, "--dry-run", "--json")).stdout)).toMatchObject({
      framework: "Astro",
      scripts: [{ name: "start", command: "exec gw start-server dist/server/entry.mjs" }, { name: "reload" }],
    });
    const named = JSON.parse((await init(dir, "./other.ts", "--dry-run", "--json")).stdout);
    expect(named.scripts[0].command).toBe("exec gw start-server other.ts");
  });

  test.each([
    ["no package.json", undefined, "There is no file", "npm init"],
    ["what is not JSON", '{\n  "scripts": {,}\n}', "is not JSON: expected a value", "package.json:2:"],
    ["comments", '{\n  // mine\n  "name": "a"\n}', "a comment", "package.json:2:3"],
    [
      "scripts that are a list",
      '{\n\n  "scripts": []\n}',
      '"scripts" of package.json is not an object',
      "package.json:3",
    ],
    ["an app that nobody can know", "{}", "says which file is the app", "gw init path/to/app.ts"],
  ])("refuses %s, by name, and writes nothing", async (_, text, what, where) => {
    using dir = makeTempDir();
    if (text !== undefined) dir.write("package.json", text);
    const { code, stdout, stderr } = await init(dir);
    expect([code, stdout]).toEqual([78, ""]);
    expect(stderr).toContain(what);
    expect(stderr).toContain(where);
    expect(stderr).toContain("Nothing was written");
    if (text !== undefined) expect(textIn(dir)).toBe(text);
  });

  test("refuses a file that is not there, and a package.json that is a directory", async () => {
    using dir = makeTempDir();
    mkdirSync(join(dir.path, "package.json"));
    expect((await init(dir)).stderr).toContain("it is a directory");
    dir.remove("package.json");
    dir.write("package.json", "{}");
    expect((await init(dir, "gone.ts")).stderr).toContain('There is no file "gone.ts"');
  });
});
