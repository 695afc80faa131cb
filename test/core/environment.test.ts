// Which files are read by convention is held against Bun itself.
import { expect, test } from "bun:test";
import { conventionalEnvFiles } from "../../src/core/environment.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const MODES = ["production", "test", "development"];
const NAMES = [".env", ".env.local", ...MODES.flatMap((mode) => [`.env.${mode}`, `.env.${mode}.local`])];
const SAID = [undefined, "", ...MODES, "staging", "Production"];

test.each(SAID.flatMap((node) => [undefined, "", "test", "production"].map((bun) => [node, bun])))(
  "env-files: NODE_ENV=%p BUN_ENV=%p",
  (node, bun) => {
    using dir = makeTempDir();
    // Each one sets what all set, and one that is its own.
    for (const name of [...NAMES, ".env.staging"]) dir.write(name, `STRONGEST=${name}\n${idOf(name)}=read\n`);
    const told = dir.write("told.js", "console.log(JSON.stringify(process.env))");
    const env = { ...(node !== undefined && { NODE_ENV: node }), ...(bun !== undefined && { BUN_ENV: bun }) };
    const { stdout } = Bun.spawnSync([process.execPath, told], { cwd: dir.path, env });
    const seen = JSON.parse(stdout.toString());
    const expected = conventionalEnvFiles((name) => (env as Record<string, string>)[name]);
    expect(NAMES.filter((name) => seen[idOf(name)] === "read").toSorted()).toEqual(expected.toSorted());
    expect(seen.STRONGEST).toBe(expected[0]);
  },
);

const idOf = (name: string) => `FILE${name.replaceAll(".", "_")}`;
