import { describe, expect, test } from "bun:test";
import { ANSWER_WORDS, Spool } from "../../../src/front/spool/spool.ts";
import { BLOCK_BYTES } from "../../../src/front/spool/spool-disk.ts";
import type { SpoolRoom } from "../../../src/front/spool/spool-room.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { settle } from "../../support/fake-pool.ts";
import { MemoryDisk } from "./memory-file.ts";

async function ready({ blocks = 100, disk = new MemoryDisk() } = {}) {
  const { log, lines } = captureLog();
  const clock = new FakeClock();
  const spool = new Spool({ words: ANSWER_WORDS, clock, log, most: blocks * BLOCK_BYTES, open: disk.open });
  await settle();
  const told = () => lines.map(({ level, text, fields }) => [level, text, fields?.why]);
  return { clock, disk, spool, told };
}

const { missing: MEMORY, lost: LOST, again: AGAIN } = ANSWER_WORDS;

/** Writes a byte; whether it is there. */
async function write(room: SpoolRoom | undefined): Promise<boolean> {
  if (!room?.take(1)) return false;
  return room.write(new Uint8Array(1)).then(
    () => true,
    () => false,
  );
}

describe("spool: room", () => {
  test("there is as much as was said, and what was let go of is there again", async () => {
    const { spool } = await ready({ blocks: 100 });
    const [one, other] = [spool.reserve(60 * BLOCK_BYTES), spool.reserve(40 * BLOCK_BYTES)];
    expect([one, other].includes(undefined)).toBe(false);
    expect([spool.reserve(1), spool.reserveSome(), spool.used, spool.isNeeded, spool.hasRoom]).toEqual([
      ...[undefined, undefined, 100 * BLOCK_BYTES, true, false],
    ]);
    one?.release();
    expect(spool.hasRoom).toBe(true);
    expect([spool.used, spool.reserve(60 * BLOCK_BYTES) === undefined]).toEqual([40 * BLOCK_BYTES, false]);
  });

  test("an answer of which nobody knows how long it will be has a part of it at the most", async () => {
    const { spool } = await ready({ blocks: 160 });
    const room = spool.reserveSome();
    expect([spool.used, room?.take(10 * BLOCK_BYTES), room?.take(10 * BLOCK_BYTES + 1)]).toEqual([
      0,
      true,
      false,
    ]);
    expect(spool.used).toBe(10 * BLOCK_BYTES);
  });

  test("where little was free when the file was opened, it is looked again after a while", async () => {
    const disk = new MemoryDisk(2 * BLOCK_BYTES);
    const { clock, spool } = await ready({ disk });
    const first = spool.reserve(2 * BLOCK_BYTES);
    expect(spool.reserve(1)).toBeUndefined();
    disk.bytes = 1_000 * BLOCK_BYTES;
    clock.advance(60_000);
    expect(spool.reserve(1)).toBeUndefined();
    await settle();
    // Of all that there may be, the first one still has some.
    expect([spool.reserve(99 * BLOCK_BYTES), spool.reserve(98 * BLOCK_BYTES) === undefined]).toEqual([
      ...[undefined, false],
    ]);
    expect(disk.openFiles).toBe(2);
    first?.release();
    expect(disk.openFiles).toBe(1);
  });
});

describe("spool: a disk that takes nothing", () => {
  test("is said once, when somebody wants it, and tried again", async () => {
    const disk = new MemoryDisk();
    disk.refusal = "no such directory";
    const { clock, spool, told } = await ready({ disk });
    expect(told()).toEqual([]);
    expect([spool.reserve(1), spool.reserve(1), told(), spool.failures]).toEqual([
      ...[undefined, undefined, [["info", MEMORY, "no such directory"]], 1],
    ]);
    disk.refusal = undefined;
    clock.advance(9_999);
    spool.reserve(1);
    await settle();
    expect(spool.reserve(1)).toBeUndefined();
    clock.advance(1);
    spool.reserve(1);
    await settle();
    expect(await write(spool.reserve(1))).toBe(true);
    expect(told().slice(1)).toEqual([["info", AGAIN, undefined]]);
  });

  test("that is well again before anybody has wanted it is not spoken of", async () => {
    const disk = new MemoryDisk();
    disk.refusal = "no such directory";
    const { clock, spool, told } = await ready({ disk });
    disk.refusal = undefined;
    clock.advance(10_000);
    spool.reserve(1);
    await settle();
    expect(await write(spool.reserve(1))).toBe(true);
    expect(told()).toEqual([]);
  });

  test("is left alone for longer each time, is told of once, and takes answers when it can", async () => {
    const { clock, disk, spool, told } = await ready();
    disk.isFull = true;
    expect(await write(spool.reserve(1))).toBe(false);
    let rests = 0;
    for (let atMs = 0; atMs < 30 * 60_000; atMs += 1_000) {
      clock.advance(1_000);
      const room = spool.reserve(1);
      if (room) rests++;
      await write(room);
      room?.release();
      await settle();
    }
    // 10, 20, 40, 80, 160 s, and then every 300.
    expect(rests).toBe(9);
    expect([told(), spool.failures]).toEqual([[["warn", LOST, "no space left"]], 1]);
    disk.isFull = false;
    clock.advance(300_000);
    spool.reserve(1);
    await settle();
    expect(await write(spool.reserve(1))).toBe(true);
    expect([told().at(-1), told().length]).toEqual([["info", AGAIN, undefined], 2]);
    // It is another time.
    disk.isFull = true;
    expect(await write(spool.reserve(1))).toBe(false);
    expect([told().length, spool.failures]).toEqual([3, 2]);
  });

  test("is open until nothing in it is wanted, and counts for as long", async () => {
    const { clock, disk, spool } = await ready({ blocks: 10 });
    const room = spool.reserve(4 * BLOCK_BYTES);
    await write(room);
    disk.isFull = true;
    await write(room);
    disk.isFull = false;
    clock.advance(10_000);
    spool.reserve(1);
    await settle();
    expect([disk.openFiles, spool.used]).toEqual([2, 4 * BLOCK_BYTES]);
    expect([spool.reserve(7 * BLOCK_BYTES), spool.reserve(6 * BLOCK_BYTES) === undefined]).toEqual([
      ...[undefined, false],
    ]);
    expect(await room?.read(new Uint8Array(9))).toBe(1);
    room?.release();
    expect([disk.openFiles, spool.used]).toEqual([1, 6 * BLOCK_BYTES]);
  });
});

describe("spool: answers that are done and in memory", () => {
  test("may be so many bytes, which their clients let go of when they have settled", async () => {
    const { spool } = await ready();
    const settled: (() => void)[] = [];
    const client = { whenSettled: (act: () => void) => void settled.push(act) };
    const much = 12 * 2 ** 20;
    spool.hold(client, much);
    expect([spool.mayHold(4 * 2 ** 20), spool.mayHold(much), spool.isNeeded]).toEqual([true, false, true]);
    await settle();
    for (const act of settled) act();
    expect([spool.mayHold(much), spool.isNeeded]).toEqual([true, false]);
  });
});
