// What is told of each request: one call when it has come, and one when it is over, which feeds figures, access log, and what is
// kept of single requests. The second one comes when the client has taken the last byte, or is gone.

import type { Clock } from "../../core/clock.ts";
import type { Cause } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Sample } from "../../link/figures.ts";
import type { FrontGroup } from "../../link/front-settings.ts";
import type { ActiveTold, RefusedTold, SlowTold } from "../../link/requests/requests.ts";
import type { Visit } from "../visit/visit.ts";
import type { Unread } from "./access-entry.ts";
import type { AccessLog } from "./access-log.ts";
import { Figures } from "./figures.ts";
import { InFlight } from "./in-flight.ts";
import type { LineRates } from "./line-rates.ts";
import { Notables } from "./notables.ts";

/** Is told of each request that is over. */
type SpanTeller = { tell(visit: Visit, now: number): void; readonly dropped: number };

export type TellingOptions = {
  clock: Clock;
  log: Log;
  rates: LineRates;
  groups: readonly FrontGroup[];
  accessLog?: AccessLog | undefined;
  spans?: SpanTeller | undefined;
  recorder?: Pick<SpanTeller, "tell"> | undefined;
};

export class Telling {
  readonly #clock: Clock;
  readonly #figures: Figures;
  readonly #accessLog: AccessLog | undefined;
  readonly #spans: SpanTeller | undefined;
  readonly #recorder: TellingOptions["recorder"];
  readonly #inFlight = new InFlight();
  readonly #notables: Notables;

  constructor({ clock, log, rates, groups, accessLog, spans, recorder }: TellingOptions) {
    this.#spans = spans;
    this.#recorder = recorder;
    this.#clock = clock;
    this.#figures = new Figures(groups.map(({ name }) => name));
    this.#accessLog = accessLog;
    const slowMs = new Map(groups.map(({ name, settings }) => [name, settings.slowRequestsMs ?? 0]));
    this.#notables = new Notables({ clock, log, rates, inFlight: this.#inFlight, slowMs });
  }

  /** How many are under way. */
  get active(): number {
    return this.#inFlight.size;
  }

  /** Once for each visit, before anything else happens to it. */
  begin(visit: Visit): void {
    this.#inFlight.add(visit);
  }

  /** Once for each visit, at its end. */
  tell(visit: Visit): void {
    const now = this.#clock.now();
    this.#inFlight.delete(visit);
    this.#figures.observe(visit, now);
    this.#log(visit, now);
    this.#notables.observe(visit, now);
    this.#spans?.tell(visit, now);
    this.#recorder?.tell(visit, now);
  }

  /** The line of a WebSocket comes when that is closed. */
  #log(visit: Visit, now: number): void {
    const [log, { switched }] = [this.#accessLog, visit];
    if (!log) return;
    if (!switched || switched.isOver) log.tell(visit, now);
    else switched.onOver = () => log.tell(visit, this.#clock.now());
  }

  /** Something came that was no request, and was answered with this status; 0: not at all. */
  tellUnread(unread: Unread): void {
    this.#figures.countError(unread.cause);
    this.#notables.noteUnread(unread);
    this.#accessLog?.tellUnread(unread);
  }

  /** gw itself answers it, or, with status 0, cuts its answer. */
  tellRefused(visit: Visit, cause: Cause, status: number, why?: string): void {
    this.#figures.countError(cause);
    this.#notables.noteRefused(visit, cause, status, why);
  }

  /** What is under way, the oldest first, so many at most. */
  list(most: number, among?: readonly Visit[]): ActiveTold[] {
    return this.#inFlight.list(most, this.#clock.now(), among);
  }

  /** What is to be known of single requests since the last time; undefined for nothing. */
  takeNotable(): { refused: RefusedTold[]; slow: SlowTold[] } | undefined {
    this.#notables.look(this.#clock.now());
    return this.#notables.take();
  }

  get errors(): Record<string, number> {
    return this.#figures.errors;
  }

  /** All that was counted since the start. */
  read(): Sample[] {
    const log = this.#accessLog;
    const spans = this.#spans;
    return [
      ...this.#figures.read(this.#clock.now(), this.#clock.wall()),
      ...(log
        ? [
            { metric: "gw_access_log_lines_total", labels: [], value: log.lines },
            { metric: "gw_access_log_dropped_total", labels: [], value: log.dropped },
          ]
        : []),
      ...(spans ? [{ metric: "gw_traces_lost_total", labels: ["front"], value: spans.dropped }] : []),
    ];
  }
}
