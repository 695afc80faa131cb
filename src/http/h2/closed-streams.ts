// How the last streams of a connection have ended: what may still come on them depends on it (RFC 9113 section 5.1).

/** A client that is still sending on a stream has been told within a round trip that nobody listens. */
const REMEMBERED = 256;

/** `cut`: by gw, while the client was sending. `ended`: the client has said itself that nothing more comes. */
export type StreamEnd = "cut" | "ended";

export class ClosedStreams {
  readonly #ids = new Uint32Array(REMEMBERED);
  readonly #wereCut = new Uint8Array(REMEMBERED);
  #next = 0;

  note(id: number, end: StreamEnd): void {
    this.#ids[this.#next] = id;
    this.#wereCut[this.#next] = end === "cut" ? 1 : 0;
    this.#next = (this.#next + 1) % REMEMBERED;
  }

  /** Undefined for one that was never begun, or that has ended long ago. */
  endOf(id: number): StreamEnd | undefined {
    const at = this.#ids.lastIndexOf(id);
    if (at < 0) return undefined;
    return this.#wereCut[at] === 1 ? "cut" : "ended";
  }
}
