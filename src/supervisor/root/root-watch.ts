// Looks each second whether the server root still has what makes gw findable: its lock, its private directories and the control
// socket. What somebody has removed is made again, so that a running gw can always be steered and found.
import type { Clock, Timer } from "../../core/clock.ts";
import { reasonOf } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { RunDir } from "./run-dir.ts";

export type RootWatchSetup = {
  clock: Clock;
  log: Log;
  runDir: Pick<RunDir, "path" | "restore" | "lend" | "takeBack">;
  control: { readonly isHidden: boolean; reopen(): void };
};

const LOOK_MS = 1_000;

export class RootWatch {
  readonly #setup: RootWatchSetup;
  #timer: Timer;
  /** It is tried again and again, and said once. */
  #failed: string | undefined;
  #isLent = false;

  constructor(setup: RootWatchSetup) {
    this.#setup = setup;
    this.#timer = this.#next();
  }

  stop(): void {
    this.#timer.cancel();
  }

  #next(): Timer {
    return this.#setup.clock.after(LOOK_MS, () => {
      this.#timer = this.#next();
      this.#look();
    });
  }

  /** Another gw is about to take the place. */
  lend(): void {
    this.#isLent = true;
    this.#setup.runDir.lend();
  }

  /** It is gone: what was its own by then is made again at once. */
  takeBack(): void {
    this.#isLent = false;
    if (this.#setup.runDir.takeBack()) this.#findControl({ isReturning: true });
  }

  #look(): void {
    // Another gw's place is not touched.
    if (!this.#isLent && this.#setup.runDir.restore()) this.#findControl();
  }

  #findControl({ isReturning = false } = {}): void {
    const { runDir, control, log } = this.#setup;
    const { path } = runDir;
    if (!control.isHidden) return;
    try {
      control.reopen();
      if (!isReturning) log.warn("the control socket had vanished and was made again", { path });
      this.#failed = undefined;
    } catch (error) {
      const why = reasonOf(error);
      if (why !== this.#failed) log.error("the control socket has vanished", { path, why });
      this.#failed = why;
    }
  }
}
