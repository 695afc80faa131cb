// Where a request waits for the rest of its small body, so that a slow client holds no worker. Those with larger ones have a room of their
// own, where they wait as long as too many of them are at workers.

import type { Deadlines } from "../../core/deadlines.ts";
import { type Cause, GwError } from "../../core/errors.ts";
import type { Uploads } from "../queue/uploads.ts";
import { Running } from "../visit/running.ts";
import type { Holder, Visit } from "../visit/visit.ts";

/** What matters here of the group of a visit. */
export type ItsGroup = {
  readonly silence: Deadlines;
  readonly dispatch: { readonly uploads: Pick<Uploads, "enter" | "saysContinue"> };
};

export class Reception {
  readonly #guests = new Running<Guest>();

  /**
   * Resolves when the body is here, or may come to a worker as it is; undefined when there is nothing to wait for.
   * `silence`: how long the client may send nothing.
   */
  gather(visit: Visit, { silence, dispatch: { uploads } }: ItsGroup): Promise<void> | undefined {
    const { intake } = visit;
    // Whether its client is to send it at all may be the app's to say.
    if (!intake || intake.isComplete) return undefined;
    if (intake.isReady || (intake.awaitsContinue && uploads.saysContinue)) return uploads.enter(visit);
    return new Promise((resolve) => visit.handTo(new Guest(this.#guests, silence, resolve)));
  }

  /** Ends all that is being received with this cause. */
  abandon(cause: Cause): void {
    for (const { visit } of this.#guests) visit?.refuse(new GwError(cause));
  }
}

class Guest implements Holder {
  place = 0;
  visit: Visit | undefined;
  readonly #all: Running<Guest>;
  readonly #silence: Deadlines;
  readonly #onReady: () => void;

  constructor(all: Running<Guest>, silence: Deadlines, onReady: () => void) {
    this.#all = all;
    this.#silence = silence;
    this.#onReady = onReady;
  }

  take(visit: Visit): void {
    this.visit = visit;
    this.#all.add(this);
    visit.limitTime(this.#silence);
    visit.intake?.gather();
  }

  letGo(): void {
    this.#all.delete(this);
  }

  onBodyProgress(visit: Visit): void {
    visit.limitTime(this.#silence);
  }

  onDue(visit: Visit): void {
    visit.refuse(new GwError("request_timeout_client"));
  }

  onBodyEnd(): void {
    this.#onReady();
  }
}
