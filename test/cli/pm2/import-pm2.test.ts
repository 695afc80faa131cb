// `gw import-pm2`, as it is typed, over files as PM2 takes them.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runGw } from "../../support/gw.ts";
import { makeTempDir, type TempDir } from "../../support/temp-dir.ts";

const ECOSYSTEM = `
const { join } = require("node:path");
console.log("it prints");
module.exports = {
  apps: [
    { name: "shop", script: join("src", "server.js"), instances: 2, env: { GREETING: "hi" }, max_restarts: 5 },
    { name: "mail", script: "mail.js" },
  ],
  deploy: { production: { user: "x" } },
};
`;

const importPm2 = (dir: TempDir, ...words: string[]) => runGw(["import-pm2", ...words], { cwd: dir.path });

describe("import-pm2", () => {
  test("writes a configuration that gw takes, says what it left out, and never writes over one", async () => {
    using dir = makeTempDir();
    dir.write("ecosystem.config.js", ECOSYSTEM);
    const words = ["ecosystem.config.js", "--only", "shop"];
    const dry = await importPm2(dir, ...words, "--dry-run");
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringContaining('app: "src/server.js",')]);
    const { code, stdout } = await importPm2(dir, ...words);
    expect([code, stdout]).toEqual([0, expect.stringContaining("1 key of PM2 is not taken")]);
    const path = join(dir.path, "gw.config.ts");
    const text = readFileSync(path, "utf8");
    expect(text.trimEnd()).toBe(dry.stdout.trimEnd());
    dir.write("server.js", "");
    const shown = await runGw(["show-config", "server.js", "--json"], { cwd: dir.path });
    expect(shown.stdout).toContain("GREETING=hi");
    const again = await importPm2(dir, ...words);
    expect([again.code, readFileSync(path, "utf8")]).toEqual([78, text]);
    expect(again.stderr).toContain(`There is "${path}" already`);
  });

  test("takes both apps as groups, and one alone from JSON", async () => {
    using dir = makeTempDir();
    dir.write("ecosystem.config.cjs", ECOSYSTEM);
    const all = await importPm2(dir, "ecosystem.config.cjs", "--dry-run");
    expect(all.stdout).toContain('"mail": {');
    expect(all.stdout).toContain('beside groups: serviceScript: { "mail": "mail.js" },');
    dir.write("process.json", '{ "name": "a", "script": "a.js" }');
    expect((await importPm2(dir, "process.json", "--dry-run")).stdout).toContain('app: "a.js"');
  });

  test("a file that is not there is told as one of PM2", async () => {
    using dir = makeTempDir();
    const { code, stderr } = await importPm2(dir, "ecosystem.config.js");
    expect(code).toBe(78);
    expect(stderr).toContain(`There is no file of PM2 at "${join(dir.path, "ecosystem.config.js")}"`);
  });

  test.each([
    ["a file that throws", "throw new Error('no luck');", [], "no luck"],
    ["a file that exports something else", "module.exports = 7;", [], "not an object"],
    ["a file without apps", "module.exports = {};", [], "no list of apps"],
    ["an app that is not there", ECOSYSTEM, ["--only", "none"], "shop, mail"],
  ])("refuses %s, and writes nothing", async (_, text, words, what) => {
    using dir = makeTempDir();
    dir.write("ecosystem.config.js", text);
    const { code, stderr } = await importPm2(dir, "ecosystem.config.js", ...words);
    expect(code).toBe(78);
    expect(stderr).toContain(what);
    expect(stderr).toContain("Nothing was written");
  });
});
