// Who may move the traffic: one after the other, in the order in which they were asked for. One that is wanted no more is told so by its
// signal, at whatever point it is, and decides itself whether that comes too late.

import type { GwError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";

/** `reload` takes up what there is now, `trial` does so on a share of the requests first, `rollback` what was before. */
export type MoveKind = "reload" | "trial" | "rollback" | "other";

/** What a move is told when a newer one takes its place; it then rejects with this. */
export class Superseded extends Error {}

/** What a move knows of itself. */
export type OwnMove = Pick<Move, "by" | "off" | "generation">;

export class Move<T = unknown> {
  /** Who has asked for it, in words. */
  readonly by: string;
  readonly kind: MoveKind;
  /** Of what it starts, once it has begun. */
  generation: number | undefined;
  readonly #act: (move: OwnMove) => Promise<T>;
  readonly #off = new AbortController();
  readonly #done = Promise.withResolvers<T>();
  #newer: Move<T> | undefined;

  constructor(by: string, kind: MoveKind, act: (move: OwnMove) => Promise<T>) {
    this.by = by;
    this.kind = kind;
    this.#act = act;
  }

  /** What became of it, or of the one for which it has made way. */
  get done(): Promise<T> {
    return this.#done.promise;
  }

  get off(): AbortSignal {
    return this.#off.signal;
  }

  get isWanted(): boolean {
    return !this.off.aborted;
  }

  /** It is wanted no more. Nothing changes where it is past the point at which it could go back. */
  callOff(reason: unknown): void {
    this.#off.abort(reason);
  }

  /** Who has asked for it gets what becomes of the newer one. */
  makeWayFor(newer: Move<T>): void {
    if (!this.isWanted) return;
    this.#newer = newer;
    this.callOff(new Superseded());
  }

  /** Resolves, and never rejects, when it is over; `whyNot`: nothing may move any more. */
  async run(whyNot: GwError | undefined): Promise<void> {
    try {
      if (whyNot) throw whyNot;
      this.#done.resolve(await this.#act(this));
    } catch (error) {
      if (error instanceof Superseded && this.#newer)
        this.#newer.done.then(this.#done.resolve, this.#done.reject);
      else this.#done.reject(error);
    }
  }
}

export type MovesSetup = {
  log: Log;
  /** Something is under way, or nothing any more. */
  onBusy?: ((isBusy: boolean) => void) | undefined;
};

export class Moves {
  readonly #setup: MovesSetup;
  readonly #waiting: Move[] = [];
  #running: Move | undefined;
  #closedBy: GwError | undefined;

  constructor(setup: MovesSetup) {
    this.#setup = setup;
  }

  /** Why nothing moves any more. */
  get closedBy(): GwError | undefined {
    return this.#closedBy;
  }

  /** The one that is under way. */
  get running(): Move | undefined {
    return this.#running;
  }

  /** Those that have yet to begin, in their order. */
  get waiting(): Move[] {
    return this.#waiting.filter(({ isWanted }) => isWanted);
  }

  /** All that are under way or wait, in their order, without those that were called off. */
  get wanted(): Move[] {
    return [this.#running, ...this.#waiting]
      .filter((one) => one !== undefined)
      .filter(({ isWanted }) => isWanted);
  }

  add<T>(move: Move<T>): Promise<T> {
    // What it resolves to is known to who has asked for it, and to nobody here.
    this.#waiting.push(move as Move);
    void this.#work();
    return move.done;
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running.done.catch(() => {});
  }

  /** Nothing begins any more, and what has begun is called off. */
  close(why: GwError): void {
    this.#closedBy ??= why;
    this.#running?.callOff(this.#closedBy);
  }

  async #work(): Promise<void> {
    if (this.#running) return;
    this.#setup.onBusy?.(true);
    for (let move = this.#waiting.shift(); move; move = this.#waiting.shift()) {
      this.#running = move;
      if (this.#closedBy)
        this.#setup.log.warn("what was asked for is not done", { by: move.by, why: this.#closedBy.message });
      await move.run(this.#closedBy);
    }
    this.#running = undefined;
    this.#setup.onBusy?.(false);
  }
}

/** Rejects with its reason when the signal aborts. */
export function whenAborted(signal: AbortSignal): Promise<never> {
  const aborted = new Promise<never>((_, reject) => {
    const tell = () => reject(signal.reason);
    if (signal.aborted) return tell();
    signal.addEventListener("abort", tell, { once: true });
  });
  // Who waits for it is told; nobody has to.
  aborted.catch(() => {});
  return aborted;
}
