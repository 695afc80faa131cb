import { describe, expect, test } from "bun:test";
import { BLOCK_BYTES, SpoolDisk } from "../../../src/front/spool/spool-disk.ts";
import { settle } from "../../support/fake-pool.ts";
import { MemoryDisk } from "./memory-file.ts";

async function setUp(blocks: number) {
  const memory = new MemoryDisk(1_000 * BLOCK_BYTES);
  const { file } = await memory.open(blocks * BLOCK_BYTES, 0);
  const told: string[] = [];
  const disk = new SpoolDisk(file, blocks * BLOCK_BYTES, {
    onWritten() {},
    onFailed(one, why) {
      told.push(why);
      one.retire();
    },
    onClosed: () => void told.push("closed"),
  });
  return { disk, memory, told };
}

/** Takes so many blocks, and gives all of them back. */
function use(disk: SpoolDisk, blocks: number): void {
  expect(disk.enter(blocks)).toBe(true);
  const taken = Array.from({ length: blocks }, () => disk.take(true) as number);
  for (const block of taken) disk.give(block);
  disk.leave(0);
}

describe("spool disk", () => {
  test("has so many blocks, promised or not, and those that were let go of again", async () => {
    const { disk } = await setUp(4);
    expect([disk.enter(3), disk.enter(2), disk.enter(0)]).toEqual([true, false, true]);
    expect([disk.take(false), disk.take(false), disk.used]).toEqual([0, undefined, 4 * BLOCK_BYTES]);
    // What was promised is there, whoever has taken what.
    expect([disk.take(true), disk.take(true), disk.take(true)]).toEqual([1, 2, 3]);
    disk.give(1);
    expect([disk.take(false), disk.used]).toEqual([1, 4 * BLOCK_BYTES]);
    expect(disk.enter(0)).toBe(false);
  });

  test("gives back what was promised and not taken", async () => {
    const { disk } = await setUp(4);
    disk.enter(4);
    disk.leave(4);
    expect([disk.used, disk.enter(4)]).toEqual([0, true]);
  });

  test("gives all of it back to the system when nobody is in it any more, and lets nobody in meanwhile", async () => {
    const { disk, memory } = await setUp(200);
    // A little is worth no trouble.
    use(disk, 8);
    expect(memory.file.emptied).toBe(0);
    use(disk, 150);
    expect(disk.enter(1)).toBe(false);
    await settle();
    expect([memory.file.emptied, disk.enter(1), disk.take(true)]).toEqual([1, true, 0]);
  });

  test("that cannot be given back is told of, and closed", async () => {
    const { disk, memory, told } = await setUp(200);
    memory.isFull = true;
    use(disk, 150);
    await settle();
    expect([told, memory.openFiles, disk.enter(1)]).toEqual([["no space left", "closed"], 0, false]);
  });

  test("that was retired lets nobody in, gives no more, and is closed when the last one has left", async () => {
    const { disk, memory, told } = await setUp(4);
    disk.enter(2);
    disk.take(true);
    disk.retire();
    expect([disk.enter(1), disk.take(true), disk.take(false), memory.openFiles]).toEqual([
      ...[false, undefined, undefined, 1],
    ]);
    disk.give(0);
    disk.leave(1);
    expect([memory.openFiles, told, disk.used]).toEqual([0, ["closed"], 0]);
  });

  test("that nobody was in is closed when it is retired", async () => {
    const { disk, memory } = await setUp(4);
    disk.retire();
    disk.retire();
    expect(memory.openFiles).toBe(0);
  });
});
