import { describe, expect, test } from "bun:test";
import type { Client, ClientListener } from "../../../src/front/door/client.ts";
import { ANSWER_WORDS, Spool } from "../../../src/front/spool/spool.ts";
import { BLOCK_BYTES } from "../../../src/front/spool/spool-disk.ts";
import { SpoolingClient } from "../../../src/front/spool/spooling-client.ts";
import { ClientPace } from "../../../src/front/visit/client-pace.ts";
import type { Visit } from "../../../src/front/visit/visit.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { settle } from "../../support/fake-pool.ts";
import { MemoryDisk } from "./memory-file.ts";

/** A client that takes so many pieces, and then none until it is told to. */
class SlowClient {
  listener: ClientListener | undefined;
  takes = 0;
  got = "";
  acts: string[] = [];
  isAnswered = true;
  isTaking = false;
  readonly settled: (() => void)[] = [];

  write(piece: Uint8Array): boolean {
    this.got += Buffer.from(piece).toString("latin1");
    this.takes--;
    return this.takes > 0;
  }

  end(): void {
    this.acts.push("end");
  }

  cut(): void {
    this.acts.push("cut");
  }

  hasTakenSome = () => false;

  whenSettled(act: () => void): void {
    this.settled.push(act);
  }

  /** Takes so many pieces more. */
  async take(pieces: number): Promise<void> {
    this.takes = pieces;
    this.listener?.onWritable();
    for (let turn = 0; turn < 4; turn++) await settle();
  }
}

type Given = { bytes?: number; early?: Uint8Array; isOver?: boolean; inMemory?: true; most?: number };

async function setUp({ bytes = 500_000, early, isOver = true, inMemory, most = 4_000_000 }: Given = {}) {
  const { log, lines } = captureLog();
  const disk = new MemoryDisk();
  const clock = new FakeClock();
  const spool = new Spool({ words: ANSWER_WORDS, clock, log, most, open: disk.open });
  await settle();
  const room = inMemory ? undefined : bytes === 0 ? spool.reserveSome() : spool.reserve(bytes);
  if (!room && !inMemory) throw new Error("there is no room");
  const inner = new SlowClient();
  const refused: string[] = [];
  const refuse = ({ cause_ }: { cause_: string }) => void refused.push(cause_);
  const visit = { isOver, isCut: false, sentBytes: 0, refuse } as unknown as Visit;
  const body = { timeoutMs: 0, maxTimeoutMs: 0, minRate: 0 };
  const pace = new ClientPace(clock, 60_000, { body, answer: { timeoutMs: 1_000, minRate: 500 } });
  let caughtUp = 0;
  const onCaughtUp = () => void caughtUp++;
  const client = new SpoolingClient(inner as unknown as Client, visit, { room, pace, onCaughtUp });
  let wakes = 0;
  const ignore = () => {};
  client.listener = { onGone: ignore, onBroken: ignore, onWritable: () => void wakes++ };
  if (early) client.write(early);
  await settle();
  const counts = () => ({ wakes, caughtUp });
  return { client, clock, counts, disk, inner, lines, refused, spool, visit };
}

const filled = (length: number, letter: string) => Buffer.alloc(length, letter);

describe("spooling client", () => {
  test("whoever answers may go on, and is done, while the client takes nothing; later it gets all of it", async () => {
    const { client, counts, inner, spool } = await setUp();
    expect(counts()).toEqual({ wakes: 1, caughtUp: 0 });
    client.write(filled(100_000, "a"));
    client.write(filled(10, "b"));
    client.end();
    await settle();
    expect([inner.got, client.isTaking, client.heldBytes, client.hasTakenSome()]).toEqual([
      ...["", true, 100_010, false],
    ]);
    await inner.take(2);
    expect([inner.got.length, inner.acts]).toEqual([32_768, []]);
    await inner.take(100);
    expect(inner.got).toBe("a".repeat(100_000) + "b".repeat(10));
    expect([inner.acts, client.isTaking, spool.used, counts().caughtUp]).toEqual([["end"], false, 0, 0]);
  });

  test("whoever answers is told to go on also where more of the answer came before he was", async () => {
    const { client, counts } = await setUp({ early: filled(10, "a") });
    expect([counts().wakes, client.heldBytes]).toEqual([1, 10]);
  });

  test("a client that has taken all while more is to come is told of, and gives its room back", async () => {
    const { client, counts, inner, spool } = await setUp();
    client.write(filled(40_000, "a"));
    await settle();
    await inner.take(2);
    expect([counts().caughtUp, spool.used > 0]).toEqual([0, true]);
    await inner.take(9);
    expect([counts().caughtUp, spool.used, inner.got.length]).toEqual([1, 0, 40_000]);
  });

  test("a client that has taken all that it was given is not silent, though it has yet to take what it was given then", async () => {
    const { client, inner } = await setUp();
    client.write(filled(100_000, "a"));
    client.end();
    await settle();
    expect(client.hasTakenSome()).toBe(false);
    await inner.take(1);
    expect([client.hasTakenSome(), client.hasTakenSome()]).toEqual([true, false]);
  });

  test("it has whoever answers wait while much waits for the disk, and tells when that is over", async () => {
    const { client, counts } = await setUp();
    expect([client.write(filled(1_000, "a")), client.write(filled(100_000, "b"))]).toEqual([true, false]);
    await settle();
    expect([counts().wakes, client.write(filled(1_000, "c"))]).toEqual([2, true]);
  });

  test("where there is no more room, whoever answers waits for the client, and goes on when that has taken some", async () => {
    const { client, counts, inner, spool } = await setUp({ bytes: 0, most: 16 * BLOCK_BYTES });
    client.write(filled(BLOCK_BYTES, "a"));
    await settle();
    expect([counts().wakes, client.write(filled(70_000, "b"))]).toEqual([2, false]);
    await settle();
    expect([counts().wakes, client.heldBytes, spool.used]).toEqual([2, BLOCK_BYTES + 70_000, BLOCK_BYTES]);
    // The first block has room again: what waited in memory goes there.
    await inner.take(9);
    expect([counts().wakes, inner.got.length]).toEqual([3, BLOCK_BYTES + 16_384]);
    await inner.take(99);
    expect([inner.got.length, inner.got.endsWith("b"), counts().caughtUp]).toEqual([
      BLOCK_BYTES + 70_000,
      true,
      1,
    ]);
  });

  test("a disk that takes nothing loses nothing, and is told of", async () => {
    const { client, disk, inner, lines, spool } = await setUp();
    disk.isFull = true;
    expect(client.write(filled(100_000, "a"))).toBe(false);
    await settle();
    expect([lines.length, spool.reserve(1)]).toEqual([1, undefined]);
    client.end();
    await inner.take(100);
    expect([inner.got.length, inner.acts, disk.openFiles]).toEqual([100_000, ["end"], 0]);
  });

  test("what cannot be read again is cut, by whoever waits for its end, with the cause", async () => {
    const { client, disk, inner, lines, spool } = await setUp();
    client.write(filled(100_000, "a"));
    client.end();
    const causes: unknown[] = [];
    client.whenSettled((cause) => void causes.push(cause));
    await settle();
    disk.file.isUnreadable = true;
    await inner.take(1);
    expect([causes, inner.acts, inner.got, spool.used]).toEqual([["file_failed"], ["cut"], "", 0]);
    expect(lines.map(({ fields }) => fields?.why)).toEqual(["input/output error"]);
  });

  test("what cannot be read again while more is to come ends the visit", async () => {
    const { client, disk, inner, refused } = await setUp({ isOver: false });
    client.write(filled(100_000, "a"));
    await settle();
    disk.file.isUnreadable = true;
    await inner.take(1);
    expect(refused).toEqual(["file_failed"]);
  });

  test("a small piece of a large read does not keep the rest of that in memory", async () => {
    const { client, inner } = await setUp({ inMemory: true });
    const read = filled(100_000, "a");
    client.write(read.subarray(10, 20));
    read.fill("b");
    await inner.take(9);
    expect(inner.got).toBe("a".repeat(10));
  });

  test.each([
    ["is cut", (client: SpoolingClient) => client.cut()],
    ["leaves", (client: SpoolingClient) => client.onGone()],
  ])("one that %s has its room given back, and settles", async (_, act) => {
    const { client, inner, spool, visit } = await setUp();
    client.write(filled(100_000, "a"));
    visit.sentBytes = 100_000;
    client.end();
    await inner.take(2);
    let settled = 0;
    client.whenSettled(() => void settled++);
    await settle();
    act(client);
    for (const one of inner.settled) one();
    await settle();
    expect([settled, spool.used, client.isTaking, client.heldBytes, client.write(filled(1, "x"))]).toEqual([
      ...[1, 0, false, 0, true],
    ]);
    // So much has it been given, and no more is said to have been.
    expect(visit.sentBytes).toBe(2 * 16_384);
  });
});

describe("spooling client: an answer that is not whole", () => {
  test.each<[string, Given]>([
    ["on the disk", {}],
    ["in memory", { inMemory: true }],
  ])("is cut behind what had come of it, %s", async (_, given) => {
    const { client, counts, inner, spool, visit } = await setUp(given);
    client.write(filled(50_000, "a"));
    visit.sentBytes = 50_000;
    client.cutBehind();
    await settle();
    expect([inner.acts, client.isTaking]).toEqual([[], true]);
    let settled = 0;
    client.whenSettled(() => void settled++);
    // The last piece fills it: it has not taken that yet.
    await inner.take(Math.ceil(client.heldBytes / (given.inMemory ? 50_000 : 16_384)));
    expect([inner.got.length, inner.acts]).toEqual([50_000, []]);
    await inner.take(1);
    for (const one of inner.settled) one();
    expect([inner.acts, settled, client.isTaking, spool.used]).toEqual([["cut"], 1, false, 0]);
    expect([visit.sentBytes, counts().caughtUp]).toEqual([50_000, 0]);
  });

  test("is cut at once when whoever waits for that has had enough", async () => {
    const { client, inner, visit } = await setUp();
    client.write(filled(50_000, "a"));
    visit.sentBytes = 50_000;
    client.cutBehind();
    client.cut();
    expect([inner.acts, visit.sentBytes, client.isTaking]).toEqual([["cut"], 0, false]);
  });
});

describe("spooling client: the pace of its client", () => {
  test("one that takes nothing is ended while more is to come, though nobody waits for it", async () => {
    const { client, clock, refused } = await setUp({ isOver: false });
    for (let ms = 0; ms < 900; ms += 100) {
      client.write(filled(10, "a"));
      clock.advance(100);
    }
    expect(refused).toEqual([]);
    clock.advance(100);
    expect(refused).toEqual(["client_stalled"]);
  });

  test("one that takes some is not, whoever else asks for that; nor is anybody once all has come, for others look after that", async () => {
    const { client, clock, inner, refused } = await setUp({ isOver: false });
    client.write(filled(400_000, "a"));
    await settle();
    for (let times = 0; times < 10; times++) {
      clock.advance(900);
      await inner.take(1);
      client.hasTakenSome();
    }
    expect([refused, inner.got.length]).toEqual([[], 163_840]);
    client.end();
    clock.advance(60_000);
    expect(refused).toEqual([]);
  });
});
