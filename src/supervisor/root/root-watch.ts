// Looks each second whether the server root still has what makes gw findable: its lock, its private directories and the control
// socket. What somebody has removed is made again, so that a running gw can always be steered and found.
import type { Clock, Timer } from "../../core/clock.ts";
import { reasonOf } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";

export type RootWatchSetup = {
  clock: Clock;
  log: Log;
  runDir: { readonly path: string; restore(): boolean };
  control: { readonly isHidden: boolean; reopen(): void };
};

const LOOK_MS = 1_000;

export class RootWatch {
  readonly #setup: RootWatchSetup;
  #timer: Timer;
  /** It is tried again and again, and said once. */
  #failed: string | undefined;
  #isResting = false;

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

  /** Somebody else is about to take the place. */
  rest(): void {
    this.#isResting = true;
  }

  /** Nobody is any more: what is missing is made again at once. */
  resume(): void {
    this.#isResting = false;
    this.#look();
  }

  #look(): void {
    if (this.#isResting) return;
    const { runDir, control, log } = this.#setup;
    // Another gw's place is not touched.
    if (!runDir.restore() || !control.isHidden) return;
    const { path } = runDir;
    try {
      control.reopen();
      log.warn("the control socket had vanished and was made again", { path });
      this.#failed = undefined;
    } catch (error) {
      const why = reasonOf(error);
      if (why !== this.#failed) log.error("the control socket has vanished", { path, why });
      this.#failed = why;
    }
  }
}
