// Answers that share a spool, in any order of events, against what must hold of them whatever happens: a client gets a beginning of what was
// sent, all of it where nobody has cut it off, memory and disk have their bounds, and nothing is left behind.
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { GwError } from "../../../src/core/errors.ts";
import type { Client, ClientListener } from "../../../src/front/door/client.ts";
import { ANSWER_WORDS, Spool } from "../../../src/front/spool/spool.ts";
import { BLOCK_BYTES } from "../../../src/front/spool/spool-disk.ts";
import type { SpoolRoom } from "../../../src/front/spool/spool-room.ts";
import { SpoolingClient } from "../../../src/front/spool/spooling-client.ts";
import { ClientPace } from "../../../src/front/visit/client-pace.ts";
import type { Visit } from "../../../src/front/visit/visit.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { settle } from "../../support/fake-pool.ts";
import { MemoryDisk } from "./memory-file.ts";

const ANSWERS = 3;
const BLOCKS = 12;
const PIECE_MOST = 90_000;
/** Of one answer in memory: what may wait, and the piece with which that was exceeded. */
const MEMORY_MOST = 65_536 + PIECE_MOST;

type Ending = "whole" | "cut behind" | "cut" | "gone";

/** A client that takes so many pieces, and whoever answers it: he waits when he is told to. */
class Answer {
  readonly #answering: ClientListener = { onGone() {}, onBroken() {}, onWritable: () => this.onWritable() };
  listener: ClientListener | undefined = this.#answering;
  readonly isAnswered = true;
  readonly isTaking = false;
  given = "";
  got = "";
  takes = 0;
  isWhole = false;
  isCut = false;
  ending: Ending | undefined;
  mayWrite = true;
  readonly visit = { isOver: false, sentBytes: 0, refuse: (error: GwError) => this.#refuse(error) };
  client: SpoolingClient | undefined;
  room: SpoolRoom | undefined;
  readonly #letter: number;

  constructor(letter: number) {
    this.#letter = letter;
  }

  // ---- its client -----------------------------------------------------------------------------------------

  write(piece: Uint8Array): boolean {
    expect(this.isWhole || this.isCut).toBe(false);
    this.got += Buffer.from(piece).toString("latin1");
    this.takes--;
    return this.takes > 0;
  }

  end(): void {
    this.isWhole = true;
  }

  cut(): void {
    this.isCut = true;
  }

  hasTakenSome = () => false;
  whenSettled = (act: () => void) => act();

  take(pieces: number): void {
    this.takes = pieces;
    if (pieces > 0) this.listener?.onWritable();
  }

  // ---- whoever answers ------------------------------------------------------------------------------------

  onCaughtUp(): void {
    this.listener = this.#answering;
    this.client = undefined;
    this.mayWrite = true;
  }

  onWritable(): void {
    this.mayWrite = true;
  }

  send(bytes: number): void {
    if (!this.mayWrite || this.ending) return;
    const piece = String.fromCharCode(97 + ((this.#letter + this.given.length) % 26)).repeat(bytes);
    this.given += piece;
    this.visit.sentBytes += bytes;
    this.mayWrite = this.#now.write(Buffer.from(piece));
  }

  get #now(): Pick<Client, "write" | "end" | "cut"> & { cutBehind?(): void; heldBytes?: number } {
    return this.client ?? (this as never);
  }

  endWith(ending: Ending): void {
    if (this.ending) return;
    this.ending = ending;
    this.visit.isOver = true;
    if (ending === "whole") this.#now.end();
    else if (ending === "cut behind" && this.client) this.client.cutBehind();
    else if (ending === "gone" && this.client) this.client.onGone();
    else this.#now.cut();
  }

  #refuse(error: GwError): void {
    expect(error.cause_).toBe("file_failed");
    this.endWith("cut");
  }

  /** Bytes of it that are neither with its client nor on the disk, nor on their way from one to the other. */
  get inMemory(): number {
    const held = this.client?.heldBytes ?? 0;
    return held === 0 ? 0 : held - (this.room?.held ?? 0);
  }
}

type Act = [
  kind: "send" | "take" | "turn" | "full" | "free" | "end" | "spool" | "unreadable",
  at: number,
  number: number,
];

const ENDINGS: readonly Ending[] = ["whole", "cut behind", "cut", "gone"];

class Model {
  readonly clock = new FakeClock();
  readonly disk = new MemoryDisk();
  readonly answers = Array.from({ length: ANSWERS }, (_, at) => new Answer(at));
  readonly pace: ClientPace;
  readonly spool: Spool;
  /** Acts of the disk that have not been let go on. */
  #turns: (() => void)[] = [];

  constructor() {
    const { log } = captureLog();
    const body = { timeoutMs: 0, maxTimeoutMs: 0, minRate: 0 };
    this.pace = new ClientPace(this.clock, 0, { body, answer: { timeoutMs: 3_600_000, minRate: 0 } });
    this.spool = new Spool({
      words: ANSWER_WORDS,
      clock: this.clock,
      log,
      most: BLOCKS * BLOCK_BYTES,
      open: this.disk.open,
    });
    this.disk.turn = () => new Promise((go) => this.#turns.push(go));
  }

  /** Its client takes nothing, and what comes goes to the disk, or to memory where there is no room. */
  spoolFor(answer: Answer, number: number): void {
    if (answer.client || answer.ending) return;
    const room = number % 3 === 0 ? this.spool.reserve(number * 8) : this.spool.reserveSome();
    if (!room && number % 2 === 0) return;
    answer.takes = 0;
    answer.room = room;
    answer.client = new SpoolingClient(answer as unknown as Client, answer.visit as unknown as Visit, {
      room,
      pace: this.pace,
      onCaughtUp: () => answer.onCaughtUp(),
    });
  }

  async act([kind, at, number]: Act): Promise<void> {
    const answer = this.answers[at % ANSWERS] as Answer;
    if (kind === "send") answer.send(1 + (number % PIECE_MOST));
    else if (kind === "take") answer.take(number % 5);
    else if (kind === "spool") this.spoolFor(answer, number);
    else if (kind === "end") answer.endWith(ENDINGS[number % ENDINGS.length] as Ending);
    else if (kind === "full") this.disk.isFull = true;
    else if (kind === "unreadable") this.disk.file.isUnreadable ||= number % 4 === 0;
    else if (kind === "free") {
      this.disk.isFull = false;
      this.clock.advance(300_000);
    } else await this.letGoOn(number % 3);
    this.check();
  }

  async letGoOn(most: number): Promise<void> {
    for (let acts = 0; acts <= most; acts++) this.#turns.shift()?.();
    await settle();
  }

  /** At every instant. */
  check(): void {
    for (const { given, got, inMemory } of this.answers) {
      expect(given.startsWith(got)).toBe(true);
      expect(inMemory).toBeLessThanOrEqual(MEMORY_MOST);
    }
    expect(this.spool.used).toBeLessThanOrEqual(BLOCKS * BLOCK_BYTES);
  }

  /** Clients take all, and the disk does what it was told. */
  async finish(): Promise<void> {
    await this.#takeAll();
    // Nobody has been forgotten who was told to wait.
    for (const { mayWrite, ending } of this.answers) expect(mayWrite || ending !== undefined).toBe(true);
    for (const answer of this.answers) answer.endWith("whole");
    await this.#takeAll();
  }

  async #takeAll(): Promise<void> {
    for (let turns = 0; turns < 150; turns++) {
      for (const answer of this.answers) if (!answer.isWhole && !answer.isCut) answer.take(9);
      await this.letGoOn(9);
    }
  }
}

const act: fc.Arbitrary<Act> = fc.tuple(
  fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom("send", "send", "take", "turn", "spool") },
    { weight: 1, arbitrary: fc.constantFrom("full", "free", "end", "unreadable") },
  ) as fc.Arbitrary<Act[0]>,
  fc.nat(ANSWERS - 1),
  fc.nat(200_000),
);

test("spool: whatever comes in whatever order, clients get what was sent, bounds hold, and nothing is left", async () => {
  let wholes = 0;
  let spooled = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 80, size: "max" }), async (acts) => {
      const model = new Model();
      await settle();
      for (const one of acts) {
        await model.act(one);
        if (model.spool.used > 0) spooled++;
      }
      const wasReadable = model.disk.files.every(({ isUnreadable }) => !isUnreadable);
      await model.finish();
      for (const { given, got, ending, isCut, isWhole, visit } of model.answers) {
        if (ending === "gone") continue;
        expect([isWhole, isCut]).toContain(true);
        const isAll = isWhole || (ending === "cut behind" && wasReadable);
        if (isAll) expect(got === given).toBe(true);
        if (isWhole) wholes++;
        // No more is said to have been sent than was.
        if (isAll) expect(visit.sentBytes).toBe(given.length);
      }
      expect([model.spool.used, model.disk.openFiles <= 1]).toEqual([0, true]);
    }),
    { numRuns: 100 },
  );
  // It is about something.
  expect([wholes > 30, spooled > 100]).toEqual([true, true]);
});
