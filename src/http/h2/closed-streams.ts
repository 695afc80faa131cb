// How the last streams of a connection have ended: what may still come on them depends on it (RFC 9113 section 5.1).

/** A client that is still sending on a stream has been told within a round trip that nobody listens. */
const CUT_REMEMBERED = 256;
/** Of the others nothing may come: they are remembered only so that the client can be told what it did wrong. */
const ENDED_REMEMBERED = 16;

/** `cut`: by gw, while the client was sending. `ended`: the client has said itself that nothing more comes. */
export type StreamEnd = "cut" | "ended";

export class ClosedStreams {
  readonly #ended = new LastNumbers(ENDED_REMEMBERED);
  /** On most connections nothing is ever cut. */
  #cut: LastNumbers | undefined;

  note(id: number, end: StreamEnd): void {
    if (end === "ended") return this.#ended.add(id);
    this.#cut ??= new LastNumbers(CUT_REMEMBERED);
    this.#cut.add(id);
  }

  /** Undefined for one that was never begun, or that has ended long ago. */
  endOf(id: number): StreamEnd | undefined {
    if (this.#cut?.has(id)) return "cut";
    return this.#ended.has(id) ? "ended" : undefined;
  }
}

class LastNumbers {
  readonly #numbers: Uint32Array;
  #next = 0;

  constructor(size: number) {
    this.#numbers = new Uint32Array(size);
  }

  add(number: number): void {
    this.#numbers[this.#next] = number;
    this.#next = (this.#next + 1) % this.#numbers.length;
  }

  has(number: number): boolean {
    return this.#numbers.includes(number);
  }
}
