import { expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { placeProgram, removePrograms } from "../../../src/supervisor/languages/programs.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const PROGRAM = { name: "worker.py", text: "print('größe')\n" } as const;

test("programs: are written once, for everybody to read, and again when somebody has changed them", () => {
  using root = makeTempDir();
  const path = placeProgram(root.path, PROGRAM);
  expect([path, readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual([
    join(root.path, "worker.py"),
    PROGRAM.text,
    0o444,
  ]);
  const { ino } = statSync(path);
  placeProgram(root.path, PROGRAM);
  expect(statSync(path).ino).toBe(ino);
  chmodSync(path, 0o644);
  writeFileSync(path, "print('else')\n");
  placeProgram(root.path, PROGRAM);
  expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual([PROGRAM.text, 0o444]);
});

test("programs: an unfinished one of before is in nobody's way, and nothing is left at the end", () => {
  using root = makeTempDir();
  root.write("worker.py.new", "half");
  placeProgram(root.path, PROGRAM);
  expect(existsSync(join(root.path, "worker.py.new"))).toBe(false);
  removePrograms(root.path);
  removePrograms(root.path);
  expect(existsSync(join(root.path, "worker.py"))).toBe(false);
});
