import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { TsConfigs } from "../../../src/worker/app/tsconfig.ts";
import { makeTempDir, type TempDir } from "../../support/temp-dir.ts";

function plant(files: Record<string, string>): TempDir {
  const dir = makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(dir.path, dirname(name)), { recursive: true });
    dir.write(name, text);
  }
  return dir;
}

const options = (text: string) => `{ "compilerOptions": ${text} }`;

function read(files: Record<string, string>, directory = "."): unknown {
  using dir = plant(files);
  return new TsConfigs().optionsIn(join(dir.path, directory));
}

describe("tsconfig", () => {
  test("tsconfig: the nearest one holds, with comments and commas too many", () => {
    const files = {
      "tsconfig.json": options(`{ "a": 1 }`),
      "inner/tsconfig.json": `// of the inner\n{ "compilerOptions": { "b": 2, /* c */ }, }`,
      "inner/src/deep/x.ts": "",
      "other/x.ts": "",
    };
    expect(read(files, "inner/src/deep")).toEqual({ b: 2 });
    expect(read(files, "other")).toEqual({ a: 1 });
  });

  test("tsconfig: it extends paths with and without an ending, lists, and packages, the later ones stronger", () => {
    const files = {
      "tsconfig.json": `{ "extends": ["./one", "../b/two.json", "@org/base", "pack/strict.json", "./dir"],
        "compilerOptions": { "own": true } }`,
      "one.json": options(`{ "from": "one", "one": 1 }`),
      "dir/tsconfig.json": options(`{ "dir": 5 }`),
      "node_modules/@org/base/tsconfig.json": `{ "extends": "./more.json" }`,
      "node_modules/@org/base/more.json": options(`{ "from": "org", "org": 3 }`),
      "node_modules/pack/strict.json": options(`{ "pack": 4, "own": false }`),
      "node_modules/pack/package.json": `{ "name": "pack", "exports": "./none.js" }`,
    };
    expect(read(files)).toEqual({ from: "org", one: 1, org: 3, pack: 4, dir: 5, own: true });
  });

  test.each([
    ["that is not there", `{ "extends": "./none" }`, {}],
    ["that is itself", `{ "extends": "./tsconfig.json", "compilerOptions": { "a": 1 } }`, { a: 1 }],
    ["that is no text", `{ "extends": 7, "compilerOptions": { "a": 1 } }`, { a: 1 }],
  ])("tsconfig: a base %s is none", (_name, text, expected) => {
    expect(read({ "tsconfig.json": text })).toEqual(expected);
  });

  test.each(["", "[", "7", "null", `{ "compilerOptions": 7 }`])("tsconfig: %j has no options", (text) => {
    expect(read({ "tsconfig.json": text })).toEqual({});
  });
});
