// The log on its way to the journal or to syslog: a datagram for each line, which waits for nobody. What is not taken is dropped
// and counted, and told once.

import { sendDatagram } from "../../../ffi/unix-socket.ts";
import type { LogTrouble } from "../../control/status.ts";
import type { Clock } from "../../core/clock.ts";
import { GwError } from "../../core/errors.ts";
import type { MachineLine } from "../../core/logging/log-format.ts";
import { type LogTarget, systemLogEntry } from "../../core/logging/system-log.ts";
import type { LogFileOwner } from "./log-file.ts";

export type SystemLogSetup = {
  target: LogTarget;
  /** The supervisor's. */
  pid: number;
  clock: Clock;
  owner: Pick<LogFileOwner, "onTrouble" | "onRecovered">;
  /** For tests: instead of the system's. */
  send?: typeof sendDatagram;
};

export class SystemLog {
  readonly #setup: SystemLogSetup;
  /** Since it last took one. */
  #lost = 0;
  #why = "";
  /** Lines that it has not taken. */
  dropped = 0;

  /** Throws a GwError when nobody listens there. */
  constructor(setup: SystemLogSetup) {
    this.#setup = setup;
    const message = "the log goes here";
    const wallMs = setup.clock.wall();
    const first = this.#try({ wallMs, level: "info", source: "supervisor", who: "", message, fields: {} });
    if (!first.ok) throw new GwError("log_target_refused", { path: setup.target.path, reason: first.reason });
  }

  send(line: MachineLine): void {
    const { owner, target } = this.#setup;
    const sent = this.#try(line);
    if (!sent.ok) {
      this.dropped++;
      this.#why = sent.reason;
      if (this.#lost++ === 0) owner.onTrouble(target.path, sent.reason);
      return;
    }
    if (this.#lost === 0) return;
    const lines = this.#lost;
    this.#lost = 0;
    owner.onRecovered(target.path, lines);
  }

  get trouble(): LogTrouble | undefined {
    return this.#lost === 0 ? undefined : { file: this.#setup.target.path, why: this.#why, lost: this.#lost };
  }

  #try(line: MachineLine): ReturnType<typeof sendDatagram> {
    const { target, pid, send = sendDatagram } = this.#setup;
    return send(target.path, systemLogEntry(line, target, pid));
  }
}
