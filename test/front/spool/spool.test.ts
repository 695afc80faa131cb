import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { type OpenSpool, openIn, Spool, type SpoolFile } from "../../../src/front/spool/spool.ts";
import { captureLog } from "../../support/capture-log.ts";
import { settle } from "../../support/fake-pool.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const NO_FILE: SpoolFile = { write: async () => {}, read: async () => 0, empty: async () => {}, close() {} };

async function ready(most: number, open: OpenSpool = async (bytes) => ({ file: NO_FILE, bytes })) {
  const { log, lines } = captureLog();
  const spool = new Spool(most, open, log);
  await settle();
  return { spool, lines };
}

describe("spool: room", () => {
  test("there is as much as was said, and what was let go of is there again", async () => {
    const { spool } = await ready(100);
    const [one, other] = [spool.reserve(60), spool.reserve(40)];
    expect([one?.bytes, other?.bytes, spool.reserve(1), spool.used, spool.isNeeded]).toEqual([
      ...[60, 40, undefined, 100, true],
    ]);
    one?.release();
    one?.release();
    expect([spool.used, spool.reserve(60)?.bytes]).toEqual([40, 60]);
  });

  test("nobody else has it before what is being written there is written", async () => {
    const written = Promise.withResolvers<void>();
    const { spool } = await ready(10, async (bytes) => ({
      file: { ...NO_FILE, write: () => written.promise },
      bytes,
    }));
    const room = spool.reserve(10);
    const writing = room?.write(new Uint8Array(5), 0);
    room?.release();
    expect(spool.reserve(10)).toBeUndefined();
    written.resolve();
    await writing;
    expect(spool.reserve(10)?.bytes).toBe(10);
  });

  test("there is none where the file cannot be had, or takes no more, which is said once", async () => {
    const none = await ready(10, async () => {
      throw new Error("no such directory");
    });
    expect([none.spool.reserve(1), none.lines.map(({ fields }) => fields?.why)]).toEqual([
      ...[undefined, ["no such directory"]],
    ]);
    const full = await ready(10);
    full.spool.fail("no space left");
    full.spool.fail("no space left");
    expect([full.spool.reserve(1), full.lines.length]).toEqual([undefined, 1]);
  });

  test("a file that takes no more is open until nothing in it is wanted", async () => {
    let closed = 0;
    const file = { ...NO_FILE, close: () => void closed++ };
    const { spool } = await ready(10, async (bytes) => ({ file, bytes }));
    const room = spool.reserve(5);
    spool.fail("no space left");
    expect(closed).toBe(0);
    room?.release();
    expect(closed).toBe(1);
  });
});

describe("spool: the disk", () => {
  const LARGE = 20 * 2 ** 20;

  async function emptied(fails = false) {
    const isDone = Promise.withResolvers<void>();
    const acts: string[] = [];
    const empty = () => {
      acts.push("empty");
      return isDone.promise;
    };
    const file = { ...NO_FILE, empty, close: () => void acts.push("close") };
    const { spool, lines } = await ready(2 * LARGE, async (bytes) => ({ file, bytes }));
    const [one, other] = [spool.reserve(LARGE), spool.reserve(5)];
    one?.release();
    expect(acts).toEqual([]);
    other?.release();
    expect([acts, spool.reserve(5)]).toEqual([["empty"], undefined]);
    if (fails) isDone.reject(new Error("input/output error"));
    else isDone.resolve();
    await settle();
    return { spool, acts, lines };
  }

  test("is given back when no answer waits there any more, and nothing is written meanwhile", async () => {
    const { spool, acts, lines } = await emptied();
    expect([spool.reserve(5)?.bytes, lines]).toEqual([5, []]);
    // A little is worth no trouble.
    const { spool: small } = await ready(LARGE, async (bytes) => ({
      file: { ...NO_FILE, empty: async () => void acts.push("empty") },
      bytes,
    }));
    small.reserve(1_000)?.release();
    expect(acts).toEqual(["empty"]);
  });

  test("that cannot be given back is used no more", async () => {
    const { spool, acts, lines } = await emptied(true);
    expect([spool.reserve(5), acts, lines.map(({ fields }) => fields?.why)]).toEqual([
      ...[undefined, ["empty", "close"], ["input/output error"]],
    ]);
  });
});

describe("spool: answers that are done and in memory", () => {
  test("may be so many bytes, which their clients let go of when they have settled", async () => {
    const { spool } = await ready(10);
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

describe("spool: the file", () => {
  test("has no name, gives back what it was given, and no more than a part of the disk", async () => {
    using dir = makeTempDir();
    const { file, bytes } = await openIn(dir.path)(1_000);
    expect([readdirSync(dir.path), bytes]).toEqual([[], 1_000]);
    await file.write(Buffer.from("later"), 500);
    await file.write(Buffer.from("first"), 0);
    const into = new Uint8Array(5);
    expect([await file.read(into, 500), String(Buffer.from(into))]).toEqual([5, "later"]);
    const other = await openIn(dir.path)(Number.MAX_SAFE_INTEGER);
    expect(other.bytes).toBeLessThan(Number.MAX_SAFE_INTEGER);
    await file.empty();
    expect(await file.read(into, 500)).toBe(0);
    file.close();
    other.file.close();
  });

  test("is none in memory", async () => {
    expect(openIn("/dev/shm")(10)).rejects.toThrow(/in memory|no such/i);
  });
});
