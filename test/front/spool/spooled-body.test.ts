import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BODY_WORDS, Spool } from "../../../src/front/spool/spool.ts";
import { BLOCK_BYTES } from "../../../src/front/spool/spool-disk.ts";
import { SpooledBody } from "../../../src/front/spool/spooled-body.ts";
import { Intake } from "../../../src/front/visit/intake.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { settle } from "../../support/fake-pool.ts";
import { PlainClient } from "../plain-client.ts";
import { MemoryDisk } from "./memory-file.ts";

/** Who takes the body; `takes`: of each piece, whether it takes more at once. */
class Taker {
  readonly got: Uint8Array[] = [];
  ends = 0;
  readonly broken: string[] = [];
  takes = (): boolean => true;

  onBodyTooLarge(): void {}
  onBodySlow(): void {}
  onBodyProgress(): void {}

  onBroken(error: { cause_: string }): void {
    this.broken.push(error.cause_);
  }

  onBodyPiece(piece: Uint8Array): boolean {
    this.got.push(piece);
    return this.takes();
  }

  onBodyEnd(): void {
    this.ends++;
  }

  get text(): string {
    return Buffer.concat(this.got).toString("latin1");
  }
}

/** `blocks`: so many of the disk are one body's at the most. */
async function setUp(blocks = 20) {
  const { log, lines } = captureLog();
  const disk = new MemoryDisk();
  const most = 16 * blocks * BLOCK_BYTES;
  const spool = new Spool({ words: BODY_WORDS, clock: new FakeClock(), log, most, open: disk.open });
  await settle();
  const client = new PlainClient({ method: "POST", hasBody: true });
  const taker = new Taker();
  const intake = new Intake(client, taker, 1e9, { length: undefined, awaitsContinue: false });
  intake.begin();
  intake.collect((owner) => new SpooledBody(spool, owner));
  return { disk, spool, client, taker, intake, lines };
}

/** As a relay does: what is held first, then the rest. */
function deliver({ intake, taker }: { intake: Intake; taker: Taker }): void {
  const held = intake.takeHeld();
  if (held) taker.got.push(held);
  intake.deliver();
}

/** Of the one and the same endless text. */
const textOf = (from: number, bytes: number) =>
  Buffer.from(Uint8Array.from({ length: bytes }, (_, at) => 32 + ((from + at) % 95))).toString("latin1");

describe("spooled body", () => {
  test("all of it is given back in its order, whoever waits for whom meanwhile, and its end once", async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 150_000 }), { minLength: 1, maxLength: 12 });
    const acts = fc.record({ sizes, playAt: fc.nat(12), pauses: fc.array(fc.boolean(), { maxLength: 40 }) });
    await fc.assert(
      fc.asyncProperty(acts, async ({ sizes, playAt, pauses }) => {
        const stage = await setUp();
        const { client, taker, intake, spool } = stage;
        let turn = 0;
        taker.takes = () => pauses[turn++ % Math.max(1, pauses.length)] ?? true;
        let sent = "";
        for (const [at, size] of sizes.entries()) {
          if (at === playAt) deliver(stage);
          const piece = textOf(sent.length, size);
          sent += piece;
          client.send(piece, at === sizes.length - 1);
          await settle();
          // Whoever is kept from sending is let go on sooner or later.
          for (let tries = 0; client.acts.at(-1) === "pause" && !intake.isComplete; tries++) {
            expect(tries).toBeLessThan(100);
            if (at >= playAt) intake.proceed();
            await settle();
          }
        }
        if (playAt >= sizes.length) {
          expect([intake.isComplete, intake.isFull]).toEqual([true, false]);
          deliver(stage);
        }
        // Of a whole body its end is told twice: to whom it was collected for, and to who gets it, unless that is given all of it at once.
        const wasHeld = playAt >= sizes.length && sent.length === taker.text.length;
        const ends = playAt >= sizes.length && !wasHeld ? 2 : 1;
        for (let tries = 0; tries < 100 && taker.ends < ends; tries++) {
          await settle();
          intake.proceed();
        }
        await settle();
        expect([taker.text === sent, taker.ends]).toEqual([true, ends]);
        expect([taker.broken, spool.used]).toEqual([[], 0]);
      }),
      { numRuns: 60 },
    );
  });

  test("it has disk for what has come, and gives it back when nobody wants it", async () => {
    const { client, intake, spool } = await setUp();
    client.send(textOf(0, 16_384));
    expect(spool.used).toBe(0);
    client.send(textOf(0, 1000));
    expect(spool.used).toBe(BLOCK_BYTES);
    client.send(textOf(0, BLOCK_BYTES));
    await settle();
    expect(spool.used).toBe(2 * BLOCK_BYTES);
    intake.stop();
    await settle();
    expect(spool.used).toBe(0);
  });

  test("its client waits while the disk does, and goes on", async () => {
    const { client } = await setUp();
    client.send(textOf(0, 16_384));
    client.send(textOf(0, 65_537));
    expect(client.acts.at(-1)).toBe("pause");
    await settle();
    expect(client.acts.at(-1)).toBe("resume");
  });

  test("where there is no room for more, 64 kB in all are in memory, and its client waits", async () => {
    const { client, intake, taker } = await setUp(0);
    client.send(textOf(0, 16_384));
    client.send(textOf(0, 49_151));
    expect([intake.isFull, client.acts.at(-1)]).toEqual([false, "resume"]);
    client.send("x");
    expect([intake.isFull, intake.isHeldBack, client.acts.at(-1)]).toEqual([true, true, "pause"]);
    deliver({ intake, taker });
    expect([taker.text.length, client.acts.at(-1)]).toEqual([65_536, "resume"]);
    client.send("y", true);
    expect([taker.text.at(-1), taker.ends]).toEqual(["y", 1]);
  });

  test("a disk that takes no more loses nothing, and is told of once", async () => {
    const stage = await setUp();
    const { client, intake, taker, disk, lines } = stage;
    client.send(textOf(0, 100_000));
    await settle();
    client.send(textOf(100_000, 50_000));
    await settle();
    disk.isFull = true;
    client.send(textOf(150_000, 50_000));
    await settle();
    expect([intake.isFull, client.acts.at(-1), lines.length]).toEqual([true, "pause", 1]);
    deliver(stage);
    await settle();
    client.send(textOf(200_000, 10), true);
    await settle();
    expect([taker.text === textOf(0, 200_010), taker.ends]).toEqual([true, 1]);
  });

  test("what cannot be read again is told, with the system's word in the log", async () => {
    const stage = await setUp();
    const { client, taker, disk, lines } = stage;
    client.send(textOf(0, 20_000));
    client.send(textOf(0, 20_000));
    await settle();
    disk.file.isUnreadable = true;
    deliver(stage);
    await settle();
    expect(taker.broken).toEqual(["request_spool_failed"]);
    expect(lines.map(({ fields }) => fields?.why)).toEqual(["input/output error"]);
  });
});
