// Requests that bring workers down. One that was alone on its worker in so many deaths within a minute is answered by the
// fronts for a minute, and reaches no worker. Only ends of workers count, which no client can bring about by leaving; and
// what a request that has lost its client may have done is put down to nobody.
import type { Clock, Timer } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { PoisonousRequest } from "../../link/messages.ts";
import type { Farewell } from "../traffic/farewell.ts";

/** `untilMs` on the monotonic clock. */
export type Refused = PoisonousRequest & { deaths: number; untilMs: number };

const MINUTE_MS = 60_000;
/** Requests that are suspected, and that are refused; of more than that the ones that killed longest ago are forgotten. */
const MOST_SUSPECTS = 256;

export type PoisonsSetup = {
  clock: Clock;
  log: Log;
  group: string;
  /** Deaths; 0 for never. */
  limit: number;
  /** The list that the fronts are to have now. */
  onChange(refused: readonly Refused[]): void;
};

type Suspect = { request: PoisonousRequest; deathsMs: number[] };

export class Poisons {
  readonly #setup: PoisonsSetup;
  readonly #suspects = new Map<string, Suspect>();
  readonly #refused = new Map<string, Refused>();
  readonly #timers = new Set<Timer>();

  constructor(setup: PoisonsSetup) {
    this.#setup = setup;
  }

  get list(): readonly Refused[] {
    return [...this.#refused.values()];
  }

  /** A worker has ended by itself, or had to be killed; here is what ended with it. */
  note({ requests: [request], count, isUnclear }: Farewell): void {
    const { limit } = this.#setup;
    if (limit === 0 || !request || count !== 1 || isUnclear) return;
    const { method, path } = request;
    const deaths = this.#countDeath({ group: this.#setup.group, method, path });
    if (deaths >= limit) this.#refuse({ group: this.#setup.group, method, path }, deaths);
  }

  /** Its generation has been replaced: new code may have mended it. */
  close(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#suspects.clear();
    if (this.#refused.size === 0) return;
    this.#refused.clear();
    this.#setup.onChange([]);
  }

  /** How many it has caused within the minute. */
  #countDeath(request: PoisonousRequest): number {
    const nowMs = this.#setup.clock.now();
    const key = keyOf(request);
    const before = this.#suspects.get(key)?.deathsMs ?? [];
    const deathsMs = [...before.filter((atMs) => nowMs - atMs < MINUTE_MS), nowMs].slice(-this.#setup.limit);
    // The latest stands last.
    this.#suspects.delete(key);
    this.#suspects.set(key, { request, deathsMs });
    this.#forgetFirst(this.#suspects);
    return deathsMs.length;
  }

  #refuse(request: PoisonousRequest, deaths: number): void {
    const { clock, log, onChange } = this.#setup;
    const key = keyOf(request);
    const refused = { ...request, deaths, untilMs: clock.now() + MINUTE_MS };
    this.#suspects.delete(key);
    this.#refused.delete(key);
    this.#refused.set(key, refused);
    this.#forgetFirst(this.#refused);
    log.error("a request is refused for a minute: it was alone on each of the workers that it ended", {
      ...inLog(request),
      deaths,
      cause: "poisonous_request",
    });
    onChange(this.list);
    const timer = clock.after(MINUTE_MS, () => {
      this.#timers.delete(timer);
      this.#allow(refused);
    });
    this.#timers.add(timer);
  }

  #allow(refused: Refused): void {
    // It may have been refused anew, for longer, or forgotten.
    if (this.#refused.get(keyOf(refused)) !== refused) return;
    this.#refused.delete(keyOf(refused));
    this.#setup.log.info("a request that was refused is run again", inLog(refused));
    this.#setup.onChange(this.list);
  }

  #forgetFirst(map: Map<string, unknown>): void {
    const [first] = map.keys();
    if (map.size > MOST_SUSPECTS && first !== undefined) map.delete(first);
  }
}

const keyOf = ({ method, path }: PoisonousRequest) => `${method} ${path}`;
const inLog = (request: PoisonousRequest) => ({ group: request.group, request: keyOf(request) });
