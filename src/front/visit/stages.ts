// Takes a visit through its stages, one after the other. A stage is done at once, or later; it refuses the visit by
// throwing. While one takes its time the visit is held here, or by whom the stage has handed it to, so that its client
// may leave, its body may grow too large and the front may be told to go: then the visit ends, and no later stage gets it.

import { type Cause, GwError } from "../../core/errors.ts";
import { errorOfThrown } from "./endings.ts";
import { Running } from "./running.ts";
import type { Holder, Visit } from "./visit.ts";

/** Undefined: it is done. */
export type Stage = (visit: Visit) => Promise<void> | undefined;

export class Stages {
  readonly #list: readonly Stage[];
  readonly #waiting = new Running<Wait>();

  constructor(list: readonly Stage[]) {
    this.#list = list;
  }

  /** The first stage gets the visit now. */
  begin(visit: Visit): void {
    this.#goOn(visit, 0);
  }

  /** Ends all that a stage takes its time for. */
  abandon(cause: Cause): void {
    for (const { visit } of this.#waiting) visit.refuse(new GwError(cause));
  }

  #goOn(visit: Visit, from: number): void {
    try {
      for (let at = from; at < this.#list.length && !visit.isOver; at++) {
        const later = this.#list[at]?.(visit);
        if (later) return this.#wait(visit, later, at + 1);
      }
    } catch (thrown) {
      refuseFor(visit, thrown);
    }
  }

  #wait(visit: Visit, later: Promise<void>, next: number): void {
    // The stage may have found somebody to hold it meanwhile.
    if (!visit.isOver && !visit.isHeld) visit.handTo(new Wait(visit, this.#waiting));
    later.then(
      () => {
        if (visit.isOver) return;
        visit.handTo(new Wait(visit, this.#waiting));
        this.#goOn(visit, next);
      },
      (thrown) => refuseFor(visit, thrown),
    );
  }
}

function refuseFor(visit: Visit, thrown: unknown): void {
  // Where the client has left nobody is to be told, unless the mistake is ours.
  if (visit.isOver && thrown instanceof GwError) return;
  visit.refuse(errorOfThrown(thrown));
}

/** Holds a visit for a stage that has yet to say what becomes of it. */
class Wait implements Holder {
  place = 0;
  readonly visit: Visit;
  readonly #all: Running<Wait>;

  constructor(visit: Visit, all: Running<Wait>) {
    this.visit = visit;
    this.#all = all;
  }

  take(): void {
    this.#all.add(this);
  }

  letGo(): void {
    this.#all.delete(this);
  }

  onDue(): void {}
}
