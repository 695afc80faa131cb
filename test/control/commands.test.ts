// A row in the table of control commands is a promise: without what keeps it, nothing compiles.
import { expect, test } from "bun:test";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readReply } from "../../src/control/protocol.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const ROOT = resolve(import.meta.dir, "../..");

/** A copy of the sources that can be spoilt. */
function copySources(path: string): void {
  for (const part of ["src", "ffi", "package.json", "tsconfig.json"])
    cpSync(join(ROOT, part), join(path, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(path, "node_modules"));
}

test("commands: a row that nothing does and nothing shows does not compile", () => {
  using dir = makeTempDir();
  copySources(dir.path);
  const table = join(dir.path, "src/control/commands.ts");
  const row = `dance: { summary: "", details: "", arguments: {}, examples: [], result: "", exits: {} },\n`;
  const text = readFileSync(table, "utf8");
  expect(text).toContain("  logs: {");
  writeFileSync(table, text.replace("  logs: {", `  ${row}  logs: {`));
  const { exitCode, stdout } = Bun.spawnSync([join(ROOT, "node_modules/.bin/tsc"), "--noEmit"], {
    cwd: dir.path,
  });
  const complaints = stdout.toString();
  expect(exitCode).not.toBe(0);
  expect(complaints).toContain("src/control/server.ts");
  expect(complaints).toContain("src/cli/control/control-answers.ts");
});

test("commands: a gw that has nothing to say to a command has not done it", () => {
  expect(readReply('{"type":"done"}')).toBeUndefined();
  expect(readReply('{"type":"done","result":null}')).toBeUndefined();
  expect(readReply('{"type":"done","result":{}}')).toEqual({ type: "done", result: {} });
});
