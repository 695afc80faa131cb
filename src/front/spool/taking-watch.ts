// An eye on a client that takes what waits for it while more of its answer is to come: whoever answers does not wait for it, and so
// does not notice that it takes nothing, or too little.

import { Alarm } from "../../core/deadlines.ts";
import type { AnswerPace, ClientPace } from "../visit/client-pace.ts";

export type WatchedClient = {
  /** Whether it has taken some since this was asked, or was not waited for. */
  hasTakenSome: () => boolean;
  onTooSlow: () => void;
};

export class TakingWatch {
  readonly #pace: ClientPace;
  readonly #client: WatchedClient;
  readonly #alarm = new Alarm(() => this.#look());
  #taking: AnswerPace | undefined;

  constructor(pace: ClientPace, client: WatchedClient) {
    this.#pace = pace;
    this.#client = client;
    pace.taking.touch(this.#alarm);
  }

  /** The client takes no more for now than the bytes that it was given since the watch began. */
  hold(givenBytes: number): void {
    this.#taking = this.#pace.hold(this.#taking, givenBytes);
  }

  /** It takes more. */
  release(): void {
    if (this.#taking?.release()) this.#client.onTooSlow();
  }

  stop(): void {
    this.#pace.taking.remove(this.#alarm);
  }

  #look(): void {
    if (this.#client.hasTakenSome() && !this.#taking?.isTooSlow) this.#pace.taking.touch(this.#alarm);
    else this.#client.onTooSlow();
  }
}
