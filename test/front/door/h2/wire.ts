// A connection of HTTP/2 without a network: what it writes is read at once, as far as its client takes it, on a clock that a
// test moves.
import { H2Connections } from "../../../../src/front/door/h2/h2-connections.ts";
import { FieldDecoder } from "../../../../src/http/h2/field-decoder.ts";
import { FLAG, FRAME, FrameReader, settingsFrame, word } from "../../../../src/http/h2/frames.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import type { SeenFrame } from "../../../support/h2-peer.ts";
import { Arrivals } from "../players.ts";
import { PREFACE } from "./h2-player.ts";

export const HEAD_BYTES = 65_536;
export const HEAD_MS = 10_000;
export const IDLE_MS = 75_000;

export class KernelWire {
  readonly clock = new FakeClock();
  readonly arrivals = new Arrivals();
  readonly frames: SeenFrame[] = [];
  /** How many bytes the client takes before it stands still. */
  room = Number.POSITIVE_INFINITY;
  /** What was done to the socket. */
  readonly acts: string[] = [];
  endsNext = false;
  /** How often the connection was told of the end of its socket. */
  closed = 0;
  readonly all = new H2Connections({
    clock: this.clock,
    headBytes: HEAD_BYTES,
    headTimeoutMs: HEAD_MS,
    keepAliveMs: IDLE_MS,
    listener: this.arrivals,
    endsNext: () => this.endsNext,
  });
  readonly #decoder = new FieldDecoder(4096, { lineMost: 1e6, listMost: 1e6 });
  readonly #reader = new FrameReader({
    onFrame: (type, flags, stream, bytes, from, to) => {
      const payload = Buffer.from(bytes.subarray(from, to));
      this.frames.push({ type, flags, stream, payload });
      if (type === FRAME.headers) this.heads.set(stream, this.#decoder.read(bytes, from, to));
    },
  });
  readonly heads = new Map<number, string[]>();
  readonly connection = this.all.open(
    {
      write: (bytes) => {
        const taken = Math.min(bytes.length, this.room);
        this.room -= taken;
        this.#reader.push(Buffer.from(bytes.subarray(0, taken)));
        return taken;
      },
      shutdown: () => this.acts.push("shutdown"),
      close: () => {
        this.acts.push("close");
        this.leave();
      },
    },
    { address: "192.0.2.7", port: 4711, local: undefined, scheme: "https" },
  );

  constructor({ greets = true } = {}) {
    if (greets) this.send(PREFACE, settingsFrame([]));
  }

  send(...frames: readonly Uint8Array[]): void {
    this.connection.onData(Buffer.concat(frames));
  }

  /** The end of the socket. */
  leave(): void {
    this.closed++;
    this.connection.onClosed();
  }

  /** The client takes what was kept for it, and more. */
  take(bytes = Number.POSITIVE_INFINITY): void {
    this.room = bytes;
    this.connection.onDrain();
  }

  /** The end of this turn of the loop, in which what was given leaves. */
  async turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  of(type: number, stream?: number): SeenFrame[] {
    return this.frames.filter((one) => one.type === type && (stream === undefined || one.stream === stream));
  }

  get goodbyes(): [last: number, code: number, words: string][] {
    return this.of(FRAME.goAway).map(({ payload }) => [
      word(payload, 0),
      word(payload, 4),
      payload.toString("latin1", 8),
    ]);
  }

  resetOf(stream: number): number | undefined {
    const [first] = this.of(FRAME.reset, stream);
    return first && word(first.payload, 0);
  }

  bodyOf(stream: number): string {
    return Buffer.concat(this.of(FRAME.data, stream).map(({ payload }) => payload)).toString("latin1");
  }

  hasAnswer(stream: number): boolean {
    return this.frames.some(
      ({ stream: id, flags, type }) => id === stream && type <= 1 && flags & FLAG.endStream,
    );
  }
}
