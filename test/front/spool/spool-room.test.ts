import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BLOCK_BYTES, SpoolDisk } from "../../../src/front/spool/spool-disk.ts";
import { SpoolRoom } from "../../../src/front/spool/spool-room.ts";
import { settle } from "../../support/fake-pool.ts";
import { MemoryDisk } from "./memory-file.ts";

async function setUp(blocks: number) {
  const memory = new MemoryDisk();
  const { file } = await memory.open(blocks * BLOCK_BYTES, 0);
  const told: string[] = [];
  const owner = {
    onWritten: () => void told.push("written"),
    onFailed: (_: SpoolDisk, why: string) => void told.push(why),
    onClosed() {},
  };
  return { memory, told, disk: new SpoolDisk(file, blocks * BLOCK_BYTES, owner) };
}

function enter(disk: SpoolDisk, promised: number, most = promised): SpoolRoom {
  expect(disk.enter(promised)).toBe(true);
  return new SpoolRoom(disk, promised, most);
}

describe("spool room", () => {
  test("what goes in comes out in its order, whatever the pieces, beside another one's", async () => {
    const piece = fc.integer({ min: 1, max: 3 * BLOCK_BYTES });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(1), piece), { maxLength: 12 }), async (pieces) => {
        const { disk } = await setUp(60);
        const rooms = [enter(disk, 0, 60), enter(disk, 0, 60)];
        const wanted = ["", ""];
        const got = ["", ""];
        for (const [at, length] of pieces) {
          const room = rooms[at] as SpoolRoom;
          const text = String.fromCharCode(97 + (length % 26)).repeat(length);
          if (!room.take(length)) continue;
          await room.write(Buffer.from(text));
          wanted[at] += text;
          // Of the other one some is read, as much as comes.
          const other = rooms[1 - at] as SpoolRoom;
          if (other.held > 0) got[1 - at] += await readOnce(other, length);
        }
        for (const [at, room] of rooms.entries())
          while (room.held > 0) got[at] += await readOnce(room, 50_000);
        expect(got[0] === wanted[0] && got[1] === wanted[1]).toBe(true);
        for (const room of rooms) room.release();
        expect(disk.used).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  async function readOnce(room: SpoolRoom, most: number): Promise<string> {
    const into = new Uint8Array(most);
    return Buffer.from(into.subarray(0, await room.read(into))).toString();
  }

  test("has what it was promised, and no more than it may have", async () => {
    const { disk } = await setUp(4);
    const promised = enter(disk, 2);
    const other = enter(disk, 0, 3);
    expect([other.take(2 * BLOCK_BYTES), other.take(2 * BLOCK_BYTES + 1)]).toEqual([true, false]);
    expect([promised.take(2 * BLOCK_BYTES), promised.take(2 * BLOCK_BYTES + 1)]).toEqual([true, false]);
    promised.release();
    promised.release();
    expect([other.take(3 * BLOCK_BYTES), other.take(3 * BLOCK_BYTES + 1)]).toEqual([true, false]);
  });

  test("what has come out is others' to have", async () => {
    const { disk } = await setUp(2);
    const room = enter(disk, 0, 2);
    room.take(2 * BLOCK_BYTES);
    await room.write(new Uint8Array(2 * BLOCK_BYTES));
    expect(disk.enter(1)).toBe(false);
    await readOnce(room, BLOCK_BYTES - 1);
    expect(disk.enter(1)).toBe(false);
    await readOnce(room, 1);
    expect([disk.enter(1), room.held]).toEqual([true, BLOCK_BYTES]);
  });

  test.each([
    ["written", (room: SpoolRoom) => room.write(new Uint8Array(5))],
    ["read", (room: SpoolRoom) => room.read(new Uint8Array(5))],
  ])("nobody else has it, and its file stays open, while something is being %s there", async (_, act) => {
    const { disk, memory } = await setUp(1);
    const room = enter(disk, 1);
    room.take(10);
    await room.write(new Uint8Array(5));
    const done = Promise.withResolvers<void>();
    memory.turn = () => done.promise;
    const acting: Promise<unknown> = act(room);
    room.release();
    expect(disk.enter(1)).toBe(false);
    disk.retire();
    expect(memory.openFiles).toBe(1);
    done.resolve();
    await acting;
    expect([memory.openFiles, disk.used]).toEqual([0, 0]);
  });

  test("what cannot be written, or is not there, is told of", async () => {
    const { disk, memory, told } = await setUp(1);
    const room = enter(disk, 1);
    room.take(5);
    await room.write(new Uint8Array(5));
    memory.isFull = memory.file.isUnreadable = true;
    expect(room.write(new Uint8Array(5))).rejects.toThrow("no space left");
    expect(room.read(new Uint8Array(5))).rejects.toThrow("input/output error");
    await settle();
    expect([told, room.held]).toEqual([["written", "no space left", "input/output error"], 5]);
  });
});
