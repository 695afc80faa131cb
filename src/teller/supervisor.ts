// The supervisor, as the process that tells others sees it: it answers questions about gw, and does what the page asks for when
// it is shown the right token. Nobody else compares that.

import { Questions } from "../child/questions.ts";
import type { AnswerTo } from "../control/picture.ts";
import { type Clock, within } from "../core/clock.ts";
import type { FromChild, ToChild } from "../link/messages.ts";
import { type DeedOutcome, type DeedRequest, SUBJECTS, type Subject } from "../link/messages.ts";

/** A restart ends when the successor is ready, a reload when the traffic has moved. */
const DEED_MS = 30_000;
const GOES_ON: DeedOutcome = {
  is: "done",
  text: "It takes longer than half a minute, and goes on; the page and the log will say what became of it",
  lines: [],
};

type Say = (message: Extract<FromChild, { type: "ask" | "act" }>) => void;

export class Supervisor {
  readonly #clock: Clock;
  readonly #say: Say;
  readonly #questions: ReadonlyMap<Subject, Questions<object>>;
  readonly #deeds = new Map<number, (outcome: DeedOutcome) => void>();
  #count = 0;

  constructor(clock: Clock, say: Say) {
    this.#clock = clock;
    this.#say = say;
    this.#questions = new Map(
      SUBJECTS.map((about) => [about, new Questions<object>(clock, (id) => say({ type: "ask", id, about }))]),
    );
  }

  /** Undefined when it does not answer. */
  async ask<S extends Subject>(about: S): Promise<AnswerTo[S] | undefined> {
    // Who asks about a subject gets an answer about it, and nothing checks the word of the supervisor.
    return (await this.#questions.get(about)?.ask()) as AnswerTo[S] | undefined;
  }

  /** `client`: the address of who wants it. */
  act(token: string, client: string, request: DeedRequest): Promise<DeedOutcome> {
    const id = ++this.#count;
    const { promise, resolve } = Promise.withResolvers<DeedOutcome>();
    this.#deeds.set(id, resolve);
    this.#say({ type: "act", id, token, client, request });
    return within(this.#clock, DEED_MS, promise, GOES_ON).finally(() => this.#deeds.delete(id));
  }

  hear(message: Extract<ToChild, { type: "told" | "acted" }>): void {
    if (message.type === "acted") return this.#deeds.get(message.id)?.(message.outcome);
    this.#questions.get(message.about)?.settle(message.id, message.answer);
  }
}
