import { expect, test } from "bun:test";
import { heapReader } from "../../src/os/heap.ts";

test("heap: it is told, and where the runtime cannot say it, it is left out", () => {
  expect(heapReader()()).toBeGreaterThan(0);
  let isAble = true;
  const read = heapReader(() => {
    if (!isAble) throw new Error("Failed to get memory usage");
    return { heapUsed: 42 };
  });
  expect(read()).toBe(42);
  isAble = false;
  expect(read()).toBeUndefined();
});

test("heap: a process without a descriptor left goes on", async () => {
  const program = `
    import { openSync } from "node:fs";
    import { heapReader } from ${JSON.stringify(import.meta.resolve("../../src/os/heap.ts"))};
    const read = heapReader();
    const before = read();
    try { for (;;) openSync("/dev/null"); } catch {}
    console.log(before > 0, read());`;
  const { stdout } = Bun.spawnSync([
    "sh",
    "-c",
    'ulimit -n 64; exec "$0" -e "$1"',
    process.execPath,
    program,
  ]);
  expect(stdout.toString()).toBe("true undefined\n");
});
