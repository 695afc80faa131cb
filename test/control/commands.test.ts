// A row in the table of control commands is a promise: without what keeps it, nothing compiles.
import { expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readReply } from "../../src/control/protocol.ts";
import { makeTempDir } from "../support/temp-dir.ts";

// The compiler takes its time on a loaded machine.
setDefaultTimeout(60_000);

const ROOT = resolve(import.meta.dir, "../..");

/** What the compiler says of the sources with one text in the place of another. */
function complaintsAbout(file: string, text: string, other: string): string {
  using dir = makeTempDir();
  for (const part of ["src", "ffi", "package.json", "tsconfig.json"])
    cpSync(join(ROOT, part), join(dir.path, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(dir.path, "node_modules"));
  const path = join(dir.path, file);
  const good = readFileSync(path, "utf8");
  expect(good).toContain(text);
  writeFileSync(path, good.replace(text, other));
  const { stdout } = Bun.spawnSync([join(ROOT, "node_modules/.bin/tsc"), "--noEmit"], { cwd: dir.path });
  return stdout.toString();
}

const TABLE = "src/control/commands.ts";

test("commands: a row that nothing does and nothing shows does not compile", () => {
  const row = `dance: { summary: "", details: "", arguments: {}, examples: [], result: "", exits: {} },\n`;
  const complaints = complaintsAbout(TABLE, "  logs: {", `  ${row}  logs: {`);
  for (const file of ["control/server.ts", "control/results.ts", "cli/control/control-answers.ts"])
    expect(complaints).toContain(`src/${file}`);
});

test("commands: what is done and shown without a row does not compile", () => {
  const complaints = complaintsAbout(TABLE, "  resume: {", "  resumed: {");
  for (const file of ["control/server.ts", "cli/control/control-answers.ts"])
    expect(complaints).toMatch(new RegExp(`src/${file}.*"resume"`));
});

test("commands: a command of the command line without an implementation does not compile", () => {
  const run = 'run: async (values) => (await import("./doctor/doctor.ts")).runDoctor(values),';
  expect(complaintsAbout("src/cli/commands.ts", run, "")).toContain("src/cli/commands.ts");
});

test("commands: a gw that has nothing to say to a command has not done it", () => {
  expect(readReply('{"type":"done"}')).toBeUndefined();
  expect(readReply('{"type":"done","result":null}')).toBeUndefined();
  expect(readReply('{"type":"done","result":{}}')).toEqual({ type: "done", result: {} });
});
