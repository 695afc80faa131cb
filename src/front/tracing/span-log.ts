// What is told of the requests of this front that are recorded: a line each when one is over, in batches. How many there may be in
// a second is bounded: what is beyond is dropped and counted, so that no share of recorded requests can fill a memory.

import type { Clock } from "../../core/clock.ts";
import { type RequestRecord, writeSpan } from "../../link/traces/spans.ts";
import type { Visit } from "../visit/visit.ts";
import { RequestRecords } from "./request-record.ts";

/** At which a batch leaves. The longest record, every character of which takes six in JSON, has some 18,000. */
const BATCH_CHARACTERS = 12_000;
/** Most between two ticks: two thousand requests, or a few more. */
const CHARACTERS_A_TICK = 1_048_576;

export type SpanLogOptions = {
  clock: Pick<Clock, "wall">;
  /** Hands lines on, of so many requests. */
  pass: (text: string, count: number) => void;
};

export class SpanLog {
  readonly #options: SpanLogOptions;
  readonly #records = new RequestRecords();
  #batch = "";
  #count = 0;
  #sinceTick = 0;
  /** Ever dropped. */
  dropped = 0;

  constructor(options: SpanLogOptions) {
    this.#options = options;
  }

  /** It is over at this instant. */
  tell(visit: Visit, now: number): void {
    const { trace } = visit;
    if (trace?.isSampled) this.#add(this.#records.recordOf(visit, trace, now, this.#options.clock.wall()));
  }

  #add(record: RequestRecord): void {
    if (this.#sinceTick > CHARACTERS_A_TICK) return void this.dropped++;
    const line = writeSpan(record);
    this.#sinceTick += line.length;
    this.#batch += line;
    this.#count++;
    if (this.#batch.length >= BATCH_CHARACTERS) this.#flush();
  }

  /** To be called regularly, and when the front is about to leave. */
  tick(): void {
    this.#sinceTick = 0;
    this.#flush();
  }

  #flush(): void {
    if (this.#count === 0) return;
    const [text, count] = [this.#batch, this.#count];
    this.#batch = "";
    this.#count = 0;
    this.#options.pass(text, count);
  }
}
