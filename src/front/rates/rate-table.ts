// How many requests each of many clients has sent, in memory of a fixed size that several processes share. For each client there
// is one number: the instant at which it will have used up nothing of what it may send (the theoretical arrival time of the
// generic cell rate algorithm, ITU-T I.371). Every request moves it on by one interval, and none may move it further ahead than
// the burst. So a count is exact to the request, whoever counts, and needs no timer and no window. It is changed by
// compare-and-exchange alone: a process that ends in the middle of anything leaves nothing locked.
//
// Clients whose instant has passed need no place: they are as good as new. Where a bucket is full of others, the one that has used
// least gives way, and is forgotten; whoever has used up much is kept longest.

/** How many whole microseconds each request counts, and how many requests may come at once. */
export type Rate = { intervalUs: number; burst: number };

const ENTRY_BYTES = 16;
const ENTRY_WORDS = 2;
const ENTRY_HALVES = 4;
const BUCKET_ENTRIES = 8;
/** Set in every tag: a tag of nothing but zeros is nobody's. */
const IN_USE = 1n << 32n;
const IN_USE_HIGH = 1;
/** Others take places at the same time, but not for ever. */
const TRIES = 8;

export class RateTable {
  /** For each entry a tag and an instant. */
  readonly #words: BigInt64Array;
  /** The same memory: tags are compared by halves, which makes no objects. */
  readonly #halves: Int32Array;
  readonly #buckets: number;

  /** `memory`: zeros at first; its size is a power of two. */
  constructor(memory: ArrayBuffer) {
    this.#words = new BigInt64Array(memory);
    this.#halves = new Int32Array(memory);
    this.#buckets = memory.byteLength / ENTRY_BYTES / BUCKET_ENTRIES;
  }

  /**
   * Counts one request of whoever has this hash, of 64 bits, if that keeps the rate: 0. Otherwise nothing is counted, and the answer
   * is in how many microseconds it would be. `nowUs`: whole ones, on a clock that all processes share.
   */
  take(hash: bigint, { intervalUs, burst }: Rate, nowUs: number): number {
    const at = this.#find(hash) ?? this.#claim(hash, nowUs);
    const most = burst * intervalUs;
    for (;;) {
      const before = Atomics.load(this.#words, at);
      // Never further ahead than it may be: the clock of another machine's memory, or of none.
      const from = Math.min(Math.max(Number(before), nowUs), nowUs + most);
      const after = from + intervalUs;
      const waitUs = after - nowUs - most;
      if (waitUs > 0) return waitUs;
      if (Atomics.compareExchange(this.#words, at, before, BigInt(after)) === before) return 0;
    }
  }

  /** Takes back what was counted a moment ago. */
  giveBack(hash: bigint, { intervalUs }: Rate): void {
    const at = this.#find(hash);
    if (at !== undefined) Atomics.sub(this.#words, at, BigInt(intervalUs));
  }

  #bucketOf(hash: bigint): number {
    return (Number(hash & 0xffff_ffffn) % this.#buckets) * BUCKET_ENTRIES;
  }

  /** Where its instant stands. */
  #find(hash: bigint): number | undefined {
    const low = Number(BigInt.asIntN(32, hash));
    const high = Number(BigInt.asIntN(32, hash >> 32n)) | IN_USE_HIGH;
    const first = this.#bucketOf(hash);
    for (let entry = first; entry < first + BUCKET_ENTRIES; entry++) {
      const at = entry * ENTRY_HALVES;
      if (this.#halves[at] === low && this.#halves[at + 1] === high) return entry * ENTRY_WORDS + 1;
    }
    return undefined;
  }

  /** A place for one who has none. If others take each place that is looked at, it shares one of theirs for now. */
  #claim(hash: bigint, nowUs: number): number {
    const words = this.#words;
    const tag = BigInt.asIntN(64, hash | IN_USE);
    let at = 0;
    for (let tries = 0; tries < TRIES; tries++) {
      at = this.#leastUsed(this.#bucketOf(hash) * ENTRY_WORDS);
      const former = Atomics.load(words, at);
      if (Atomics.compareExchange(words, at, former, tag) !== former) continue;
      // One that has passed says the same as none.
      if (Number(Atomics.load(words, at + 1)) > nowUs) Atomics.store(words, at + 1, 0n);
      break;
    }
    return at + 1;
  }

  #leastUsed(first: number): number {
    const words = this.#words;
    let least = first;
    for (let at = first; at < first + BUCKET_ENTRIES * ENTRY_WORDS; at += ENTRY_WORDS)
      if ((words[at + 1] as bigint) < (words[least + 1] as bigint)) least = at;
    return least;
  }
}
