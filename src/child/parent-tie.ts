// Ties a child to the process that has started it: when that ends, whatever way, the kernel ends the child as well, also one
// that is too busy to see that its channel has closed. The kernel forgets this when a process changes its user.
import { getParent, getParentDeathSignal, type Outcome, setParentDeathSignal } from "../../ffi/process.ts";

const SIGKILL = 9;

export class ParentTie {
  readonly #parent = getParent();
  readonly #onOrphaned: () => void;

  /** To be made early: whoever is the parent then is the one. `onOrphaned`: it has gone, and no signal will tell. */
  constructor(onOrphaned: () => void) {
    this.#onOrphaned = onOrphaned;
  }

  tie(): Outcome {
    const set = setParentDeathSignal(SIGKILL);
    if (set.ok && this.#hasLostParent()) this.#onOrphaned();
    return set;
  }

  /** Ties it again where something has undone that. */
  hold(): void {
    const signal = getParentDeathSignal();
    if (signal.ok && signal.value !== SIGKILL) this.tie();
  }

  /** It may have ended before the signal was set. */
  #hasLostParent(): boolean {
    const now = getParent();
    return this.#parent.ok && now.ok && now.value !== this.#parent.value;
  }
}
