// What one connection has to send: gathered until the present turn of the loop is over, because one write that carries many
// requests costs little more than one that carries one. Knows how far the kernel has taken what was put in.

const ROOM = 65_536;
/** Rooms that wait for the next connection that has something to send: one that is idle needs none. */
const SPARES_MOST = 32;
const spares: Buffer[] = [];
const NO_ROOM = Buffer.alloc(0);

export type Sendable = { write(bytes: Uint8Array): number };

export class Outbox {
  #bytes: Buffer = NO_ROOM;
  #used = 0;
  /** What the kernel did not take at once. */
  #rest: Uint8Array | undefined;
  #taken = 0;
  /** Of what was taken, the part that had to wait for the other end. */
  drained = 0;

  /** Bytes ever put in. */
  get position(): number {
    return this.#taken + (this.#rest?.length ?? 0) + this.#used;
  }

  /** Bytes that the kernel has taken, in the order in which they were put in. */
  get taken(): number {
    return this.#taken;
  }

  /** The kernel takes no more for now. */
  get isBlocked(): boolean {
    return this.#rest !== undefined;
  }

  /** Bytes that wait in here. */
  get size(): number {
    return this.position - this.#taken;
  }

  /** Where the next bytes go: there is room for so many in `bytes` then, until `fillTo` says where they end. */
  reserve(atMost: number): number {
    if (this.#used + atMost > this.#bytes.length) this.#grow(atMost);
    return this.#used;
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  fillTo(end: number): void {
    this.#used = end;
  }

  add(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.#bytes.set(bytes, at);
    this.#used = at + bytes.length;
  }

  /** Sends what is in here, as far as the kernel takes it. */
  flush(socket: Sendable): void {
    if (this.#rest) {
      const taken = Math.max(socket.write(this.#rest), 0);
      this.#taken += taken;
      this.drained += taken;
      this.#rest = taken === this.#rest.length ? undefined : this.#rest.subarray(taken);
      if (this.#rest) return;
    }
    if (this.#used === 0) return;
    const all = this.#bytes.subarray(0, this.#used);
    const taken = Math.max(socket.write(all), 0);
    this.#taken += taken;
    // A copy: the room is used again.
    if (taken < all.length) this.#rest = new Uint8Array(all.subarray(taken));
    this.#used = 0;
    if (this.#bytes.length === ROOM && spares.length < SPARES_MOST) spares.push(this.#bytes);
    this.#bytes = NO_ROOM;
  }

  #grow(by: number): void {
    const before = this.#bytes;
    const size = Math.max(before.length * 2, this.#used + by, ROOM);
    const spare = size === ROOM ? spares.pop() : undefined;
    this.#bytes = spare ?? Buffer.allocUnsafeSlow(size);
    before.copy(this.#bytes, 0, 0, this.#used);
    if (before.length === ROOM && spares.length < SPARES_MOST) spares.push(before);
  }
}
