// What gw asks of the C library, every version has that gw says it runs with.
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Need, ON_X64_LINUX, testWith } from "../support/needs.ts";

const WITH_OBJDUMP: Need = { isMet: Bun.which("objdump") !== null, why: "needs objdump" };
const LIBRARY = "/lib/x86_64-linux-gnu/libc.so.6";
const WITH_GLIBC: Need = { isMet: readsAs(LIBRARY), why: `needs ${LIBRARY}` };
const OLDEST = [2, 17] as const;

function readsAs(path: string): boolean {
  return Bun.spawnSync(["test", "-r", path]).exitCode === 0;
}

/** Of a table of ffi/libc.ts. */
function namesIn(table: string): string[] {
  const source = readFileSync(join(import.meta.dir, "../../ffi/libc.ts"), "utf8");
  const block = new RegExp(`^const ${table} = \\{\\n([\\s\\S]*?)^\\} as const`, "m").exec(source)?.[1] ?? "";
  return [...block.matchAll(/^ {2}(\w+): \{ args/gm)].map(([, name = ""]) => name);
}

testWith(
  ON_X64_LINUX,
  WITH_GLIBC,
  WITH_OBJDUMP,
)("libc: all that gw cannot do without is in glibc 2.17", () => {
  const names = [...namesIn("POSIX"), ...namesIn("LINUX")];
  expect(names.length).toBeGreaterThan(40);
  const table = Bun.spawnSync(["objdump", "-T", LIBRARY]).stdout.toString();
  const since = new Map(
    [...table.matchAll(/ GLIBC_(\d+)\.(\d+)[\d.]* +(\w+)$/gm)].map(([, major, minor, name = ""]) => [
      name,
      [Number(major), Number(minor)] as const,
    ]),
  );
  const isOld = (name: string) => {
    const [major, minor] = since.get(name) ?? [Number.POSITIVE_INFINITY, 0];
    return major < OLDEST[0] || (major === OLDEST[0] && minor <= OLDEST[1]);
  };
  expect(names.filter((name) => !isOld(name))).toEqual([]);
  expect(namesIn("LINUX_NEWER").filter(isOld)).toEqual([]);
});
