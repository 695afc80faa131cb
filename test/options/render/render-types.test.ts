// The types of a configuration, held against the compiler itself: once as a package has them, once as gw prints them.
import { describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { KEYS, rowOf } from "../../../src/options/declare/table.ts";
import { renderAmbientTypes, renderTypes } from "../../../src/options/render/render-types.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const ROOT = resolve(import.meta.dir, "../../..");
const TSC = join(ROOT, "node_modules/.bin/tsc");

const GOOD = `import { defineConfig, type GroupConfig, type GwConfig } from "gw/config";
const api: GroupConfig = { app: "api.ts", mount: "/api", processes: "2..8", threads: 4 };
const config: GwConfig = {
  port: process_env_port() ?? 8000,
  queueTimeout: "1500ms",
  requestTimeout: 30,
  memoryLimit: "2G",
  limitRequestBody: 1024,
  hashSeed: "random",
  logLevel: "debug",
  embeddedMode: false,
  user: undefined,
  setenv: ["A=1"],
  serviceScript: { mail: "mail.ts" },
  responseHeader: { "X-A": "b" },
  groups: { api, web: { app: "web.ts", route: { "/reports/*": "slow" } }, slow: { processes: 2, setenv: { A: "1" } } },
};
declare function process_env_port(): number | undefined;
export default defineConfig(config);
`;

/** Each line of a configuration is wrong on its own. */
const BAD = [
  "prot: 8000,",
  'port: "8000",',
  'queueTimeout: "soon",',
  'queueTimeout: "3d",',
  'processes: "2...8x",',
  'logLevel: "loud",',
  'embeddedMode: "yes",',
  "setenv: { A: 1 },",
  'config: "x.json",',
  'groups: { api: { app: "api.ts", port: 80 } },',
  'groups: { api: { ap: "api.ts" } },',
  'groups: ["api"],',
];

const OPTIONS = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    module: "nodenext",
    moduleResolution: "nodenext",
    types: [],
  },
};

/** What the compiler says of a project, line by line. */
async function compile(files: Record<string, string>, prepare?: (dir: string) => void): Promise<string[]> {
  using dir = makeTempDir();
  const all = { "package.json": '{ "type": "module" }', "tsconfig.json": JSON.stringify(OPTIONS), ...files };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(dir.path, name), text);
  prepare?.(dir.path);
  const child = Bun.spawn([TSC, "--pretty", "false", "-p", dir.path], {
    cwd: dir.path,
    stdout: "pipe",
    stderr: "pipe",
  });
  const output = await new Response(child.stdout).text();
  await child.exited;
  return output.split("\n").filter((line) => line.includes("error TS"));
}

/** gw as a package that is installed: its manifest, and the file that this leads to. */
function installGw(dir: string): void {
  const home = join(dir, "node_modules/gw");
  mkdirSync(join(home, "docs"), { recursive: true });
  cpSync(join(ROOT, "package.json"), join(home, "package.json"));
  writeFileSync(join(home, "docs/gw-config.d.ts"), renderTypes());
}

const badConfig = [
  'import type { GwConfig } from "gw/config";',
  ...BAD.map((line, at) => `export const c${at}: GwConfig = { ${line} };`),
].join("\n");

describe("render-types: a good configuration compiles, and of a bad one every line is told", () => {
  test.each<[string, Record<string, string>, ((dir: string) => void) | undefined]>([
    ["as gw prints them", { "gw-config.d.ts": renderAmbientTypes() }, undefined],
    ["from the package", {}, installGw],
  ])("%s", async (_name, files, prepare) => {
    const project = { ...files, "gw.config.ts": GOOD, "bad.ts": badConfig };
    const errors = await compile(project, prepare);
    const lines = errors.map((error) => /^bad\.ts\((\d+),/.exec(error)?.[1] ?? error);
    expect(lines).toEqual(BAD.map((_, at) => String(at + 2)));
  });
});

test("render-types: without them the import does not resolve", async () => {
  expect(await compile({ "gw.config.ts": 'import type { GwConfig } from "gw/config";' })).toHaveLength(1);
});

test("render-types: every key has its comment, and none ends it early", () => {
  const text = renderTypes();
  const keys = KEYS.filter((key) => rowOf(key).inFile !== false);
  expect(keys.filter((key) => !new RegExp(`^  /\\*\\* .+ \\*/\\n  ${key}\\?: `, "m").test(text))).toEqual([]);
  expect(text.split("\n").filter((line) => line.split("*/").length > 2)).toEqual([]);
});
