// What is told of each request when it is over: one call, which feeds figures and access log. It comes when the client has taken
// the last byte, or is gone.

import type { Clock } from "../../core/clock.ts";
import type { Cause } from "../../core/errors.ts";
import type { Sample } from "../../link/figures.ts";
import type { Visit } from "../visit/visit.ts";
import type { Unread } from "./access-entry.ts";
import type { AccessLog } from "./access-log.ts";
import { Figures } from "./figures.ts";

export type TellingOptions = { clock: Clock; groups: readonly string[]; accessLog?: AccessLog | undefined };

export class Telling {
  readonly #clock: Clock;
  readonly #figures: Figures;
  readonly #accessLog: AccessLog | undefined;

  constructor({ clock, groups, accessLog }: TellingOptions) {
    this.#clock = clock;
    this.#figures = new Figures(groups);
    this.#accessLog = accessLog;
  }

  /** Once for each visit. */
  tell(visit: Visit): void {
    const now = this.#clock.now();
    this.#figures.observe(visit, now);
    this.#accessLog?.tell(visit, now);
  }

  /** Something came that was no request, and was answered with this status; 0: not at all. */
  tellUnread(unread: Unread): void {
    this.#accessLog?.tellUnread(unread);
  }

  countError(cause: Cause): void {
    this.#figures.countError(cause);
  }

  get errors(): Record<string, number> {
    return this.#figures.errors;
  }

  /** All that was counted since the start. */
  read(): Sample[] {
    const log = this.#accessLog;
    return [
      ...this.#figures.read(),
      ...(log
        ? [
            { metric: "gw_access_log_lines_total", labels: [], value: log.lines },
            { metric: "gw_access_log_dropped_total", labels: [], value: log.dropped },
          ]
        : []),
    ];
  }
}
