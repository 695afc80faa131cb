// What the service manager that has started gw is told of it, by systemd's way (sd_notify(3)): when gw serves, reloads and stops,
// and, where a watchdog is set, again and again that the loops of the supervisor and of every front end turn. Nobody is told where no
// one has asked.

import type { Outcome, Result } from "../../../ffi/process.ts";
import type { Clock, Timer } from "../../core/clock.ts";
import type { Environment } from "../../core/environment.ts";
import type { Log } from "../../core/log.ts";

export type ServiceManagerSetup = {
  env: Environment;
  pid: number;
  clock: Clock;
  log: Log;
  /** Microseconds on the kernel's own monotonic clock. */
  kernelNow: () => Result<bigint>;
  send: (path: string, text: string) => Outcome;
  /** A front end stands still, and gw has not been able to replace it. */
  isStuck: () => boolean;
};

const USEC_PER_MS = 1_000;
/** Half of what is granted, as its manual recommends. */
const OF_WATCHDOG = 2;

const DONE: Outcome = { ok: true };

export class ServiceManager {
  readonly #setup: ServiceManagerSetup;
  readonly #path: string | undefined;
  #watchdog: Timer | undefined;
  #hasFailed = false;
  #isStopping = false;

  constructor(setup: ServiceManagerSetup) {
    this.#setup = setup;
    this.#path = setup.env.NOTIFY_SOCKET || undefined;
  }

  /** It serves; `status`: a line for people. */
  ready(status: string): void {
    if (this.#isStopping) return;
    this.#tell("READY=1", `STATUS=${status}`);
    if (!this.#watchdog) this.#feed();
  }

  reloading(): void {
    if (this.#isStopping) return;
    const now = this.#setup.kernelNow();
    const instant = now.ok ? [`MONOTONIC_USEC=${now.value}`] : [];
    this.#tell("RELOADING=1", ...instant, "STATUS=reloading");
  }

  /** Another process is the main one from now on, and speaks for itself; where that cannot be told, this one is as before. */
  handTo(pid: number): Outcome {
    const told = this.#path === undefined ? DONE : this.#setup.send(this.#path, `MAINPID=${pid}`);
    if (!told.ok) return told;
    this.#isStopping = true;
    this.close();
    return DONE;
  }

  stopping(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#tell("STOPPING=1", "STATUS=stopping");
  }

  /** The watchdog is fed until then: a stop may take its time. */
  close(): void {
    this.#watchdog?.cancel();
  }

  #feed(): void {
    const { env, pid, clock } = this.#setup;
    const { WATCHDOG_USEC = "", WATCHDOG_PID } = env;
    const isMeant = WATCHDOG_PID === undefined || WATCHDOG_PID === String(pid);
    if (this.#path === undefined || !isMeant || !/^[1-9]\d{0,15}$/.test(WATCHDOG_USEC)) return;
    const everyMs = Number(WATCHDOG_USEC) / USEC_PER_MS / OF_WATCHDOG;
    const next = (): Timer =>
      clock.after(everyMs, () => {
        this.#watchdog = next();
        if (!this.#setup.isStuck()) this.#tell("WATCHDOG=1");
        else this.#setup.log.error("the watchdog is not fed: a front end stands still and was not replaced");
      });
    this.#watchdog = next();
  }

  #tell(...lines: string[]): void {
    if (this.#path === undefined) return;
    const told = this.#setup.send(this.#path, lines.map((line) => line.replace(/\n/g, " ")).join("\n"));
    if (told.ok || this.#hasFailed) return;
    this.#hasFailed = true;
    this.#setup.log.warn("the service manager cannot be told how gw is", { why: told.reason });
  }
}
