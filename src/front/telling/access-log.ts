// The access log of one front: which requests get a line, and the lines on their way out. They leave in batches; what nobody
// takes is kept up to a bound and beyond it dropped and counted, so that no reader and no disk can hold up a request.

import type { Clock, Timer } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { WriteText } from "../../core/outlet.ts";
import type { AccessLogSetup } from "../../link/setups.ts";
import type { Visit } from "../visit/visit.ts";
import { AccessEntry, type Unread } from "./access-entry.ts";
import { compileFormat, type WriteEntry } from "./access-line.ts";

const BATCH_CHARACTERS = 32_768;
const BATCH_MS = 100;
/** Most that is held for who writes. */
const WAITING_CHARACTERS = 1_048_576;

export type AccessLogOptions = AccessLogSetup & {
  clock: Clock;
  log: Log;
  /** Hands whole lines on. */
  write: WriteText;
};

export class AccessLog {
  readonly #options: AccessLogOptions;
  readonly #line: WriteEntry;
  readonly #entry = new AccessEntry();
  readonly #isExcluded: ((path: string) => boolean) | undefined;
  #batch = "";
  #batchLines = 0;
  #timer: Timer | undefined;
  #waiting = 0;
  /** Since it was last told. */
  #untold = 0;
  #isDropping = false;
  /** What sampling has saved up; at one, the next line is written. */
  #credit = 0;
  #idle: (() => void)[] = [];
  /** Ever handed on, and ever dropped. */
  lines = 0;
  dropped = 0;

  constructor(options: AccessLogOptions) {
    this.#options = options;
    this.#line = compileFormat(options.format);
    this.#isExcluded = options.exclude.length > 0 ? matcherOf(options.exclude) : undefined;
  }

  /** It is over at this instant. */
  tell(visit: Visit, now: number): void {
    if (this.#isExcluded?.(visit.client.target)) return;
    if (this.#options.sample < 1 && !this.#isChosen(visit)) return;
    this.#entry.fill(visit, now, this.#options.clock.wall());
    this.#add(this.#line(this.#entry));
  }

  tellUnread(unread: Unread): void {
    this.#entry.fillUnread(unread, this.#options.clock.wall());
    this.#add(this.#line(this.#entry));
  }

  /** Resolves when all lines have left this process. */
  flushed(): Promise<void> {
    this.#flush();
    return this.#waiting === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Whatever failed is written in any case. */
  #isChosen({ status, cause, ending }: Visit): boolean {
    if (status >= 400 || cause !== undefined || ending?.kind === "client gone") return true;
    this.#credit += this.#options.sample;
    if (this.#credit < 1) return false;
    this.#credit--;
    return true;
  }

  #add(line: string): void {
    this.#batch += `${line}\n`;
    this.#batchLines++;
    if (this.#batch.length >= BATCH_CHARACTERS) this.#flush();
    else this.#timer ??= this.#options.clock.after(BATCH_MS, () => this.#flush());
  }

  #flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const batch = this.#batch;
    const lines = this.#batchLines;
    this.#batch = "";
    this.#batchLines = 0;
    if (lines === 0) return;
    if (this.#waiting + batch.length > WAITING_CHARACTERS) return this.#drop(lines);
    this.#waiting += batch.length;
    this.lines += lines;
    this.#options.write(batch, () => this.#onTaken(batch.length));
  }

  #onTaken(characters: number): void {
    this.#waiting -= characters;
    if (this.#isDropping && this.#waiting <= WAITING_CHARACTERS / 2) {
      this.#isDropping = false;
      this.#options.log.warn("access log lines are taken again", { dropped: this.#untold });
      this.#untold = 0;
    }
    if (this.#waiting === 0) for (const go of this.#idle.splice(0)) go();
  }

  #drop(lines: number): void {
    this.dropped += lines;
    this.#untold += lines;
    if (this.#isDropping) return;
    this.#isDropping = true;
    this.#options.log.warn("access log lines are dropped: they come faster than they are taken", {});
  }
}

/** `/a` is that path, `/a/*` all below it; the query does not count. */
export function matcherOf(patterns: readonly string[]): (target: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !pattern.endsWith("/*")));
  const prefixes = patterns
    .filter((pattern) => pattern.endsWith("/*"))
    .map((pattern) => pattern.slice(0, -1));
  return (target) => {
    const query = target.indexOf("?");
    const path = query < 0 ? target : target.slice(0, query);
    return exact.has(path) || prefixes.some((prefix) => path.startsWith(prefix));
  };
}
