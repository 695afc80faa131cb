import { expect, test } from "bun:test";
import { closeSync, readFileSync, readSync, writeSync } from "node:fs";
import { makeBlocking, openPipe } from "../../ffi/pipe.ts";

const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

const flagsOf = (fd: number) =>
  Number.parseInt(/flags:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1] ?? "", 8);

test("pipe: its writers wait, its reader does not, and no other program inherits it", () => {
  const pipe = openPipe();
  if (!pipe?.ok) throw new Error("this machine has no pipes");
  const { readEnd, writeEnd } = pipe.value;
  expect(flagsOf(readEnd) & (O_NONBLOCK | O_CLOEXEC)).toBe(O_NONBLOCK | O_CLOEXEC);
  expect(flagsOf(writeEnd) & (O_NONBLOCK | O_CLOEXEC)).toBe(O_CLOEXEC);
  expect(() => readSync(readEnd, Buffer.alloc(1))).toThrow("EAGAIN");
  writeSync(writeEnd, "x");
  const byte = Buffer.alloc(1);
  expect([readSync(readEnd, byte), byte.toString()]).toEqual([1, "x"]);
  for (const fd of [readEnd, writeEnd]) closeSync(fd);
});

test("pipe: a descriptor is made to wait again, and one that is closed says why not", () => {
  const pipe = openPipe();
  if (!pipe?.ok) throw new Error("this machine has no pipes");
  const { readEnd, writeEnd } = pipe.value;
  expect(makeBlocking(readEnd)).toEqual({ ok: true });
  expect(flagsOf(readEnd) & O_NONBLOCK).toBe(0);
  for (const fd of [readEnd, writeEnd]) closeSync(fd);
  expect(makeBlocking(writeEnd)).toMatchObject({ ok: false });
});
