import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Client, ClientListener } from "../../../src/front/door/client.ts";
import { Spool, type SpoolFile } from "../../../src/front/spool/spool.ts";
import { SpoolingClient } from "../../../src/front/spool/spooling-client.ts";
import type { Visit } from "../../../src/front/visit/visit.ts";
import { captureLog } from "../../support/capture-log.ts";
import { settle } from "../../support/fake-pool.ts";

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

class MemoryFile implements SpoolFile {
  readonly #bytes = Buffer.alloc(1_000_000);
  fails = false;
  isUnreadable = false;

  async write(bytes: Uint8Array, position: number): Promise<void> {
    if (this.fails) throw new Error("no space left");
    this.#bytes.set(bytes, position);
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    if (this.isUnreadable) throw new Error("input/output error");
    into.set(this.#bytes.subarray(position, position + into.length));
    return into.length;
  }

  async empty(): Promise<void> {}

  close(): void {}
}

async function setUp(bytes = 500_000, early?: Uint8Array) {
  const { log, lines } = captureLog();
  const file = new MemoryFile();
  const spool = new Spool(1_000_000, async (most) => ({ file, bytes: most }), log);
  await settle();
  const room = spool.reserve(bytes);
  if (!room) throw new Error("there is no room");
  const inner = new SlowClient();
  const visit = { isOver: true, isCut: false, sentBytes: 0 } as Visit;
  const client = new SpoolingClient(inner as unknown as Client, visit, spool, room);
  let wakes = 0;
  const ignore = () => {};
  client.listener = { onGone: ignore, onBroken: ignore, onWritable: () => void wakes++ };
  if (early) client.write(early);
  await settle();
  return { client, file, inner, lines, spool, visit, wakes: () => wakes };
}

const filled = (length: number, letter: string) => Buffer.alloc(length, letter);

describe("spooling client", () => {
  test("whoever answers may go on, and is done, while the client takes nothing; later it gets all of it", async () => {
    const { client, inner, spool, wakes } = await setUp();
    expect(wakes()).toBe(1);
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
    expect([inner.acts, client.isTaking, spool.used]).toEqual([["end"], false, 0]);
  });

  test("whoever answers is told to go on also where more of the answer came before he was", async () => {
    const { client, wakes } = await setUp(500_000, filled(10, "a"));
    expect([wakes(), client.heldBytes]).toEqual([1, 10]);
  });

  test("whatever is written and taken, in whatever order, comes whole and in its order, on a disk that fails as well", async () => {
    const acts = fc.array(
      fc.tuple(fc.constantFrom("write", "take", "fail"), fc.integer({ min: 1, max: 40_000 })),
      {
        maxLength: 20,
      },
    );
    await fc.assert(
      fc.asyncProperty(acts, async (list) => {
        const { client, file, inner, spool } = await setUp();
        let given = "";
        for (const [act, number] of list) {
          if (act === "fail") file.fails = true;
          else if (act === "take") await inner.take(number % 5);
          else {
            const piece = String.fromCharCode(97 + (number % 26)).repeat(number);
            given += piece;
            client.write(Buffer.from(piece));
          }
        }
        client.end();
        await settle();
        for (let n = 0; n < 100 && inner.acts.length === 0; n++) await inner.take(50);
        expect(inner.got === given).toBe(true);
        expect([inner.acts, spool.used]).toEqual([["end"], 0]);
      }),
      { numRuns: 40 },
    );
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
    const { client, wakes } = await setUp();
    expect([client.write(filled(1_000, "a")), client.write(filled(100_000, "b"))]).toEqual([true, false]);
    await settle();
    expect([wakes(), client.write(filled(1_000, "c"))]).toEqual([2, true]);
  });

  test("a disk that takes nothing loses nothing, and is told of", async () => {
    const { client, file, inner, lines, spool } = await setUp();
    file.fails = true;
    expect(client.write(filled(100_000, "a"))).toBe(false);
    await settle();
    expect([lines.length, spool.reserve(1)]).toEqual([1, undefined]);
    client.end();
    await inner.take(100);
    expect([inner.got.length, inner.acts]).toEqual([100_000, ["end"]]);
  });

  test("what cannot be read again is cut, by whoever waits for its end, with the cause", async () => {
    const { client, file, inner, lines, spool } = await setUp();
    client.write(filled(100_000, "a"));
    client.end();
    const causes: unknown[] = [];
    client.whenSettled((cause) => void causes.push(cause));
    await settle();
    file.isUnreadable = true;
    await inner.take(1);
    expect([causes, inner.acts, inner.got, spool.used]).toEqual([["file_failed"], ["cut"], "", 0]);
    expect(lines.map(({ fields }) => fields?.why)).toEqual(["input/output error"]);
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
