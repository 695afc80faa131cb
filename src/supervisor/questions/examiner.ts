// Has a process look at itself closely, and waits for its word; it may end meanwhile, or never answer.
import { type Clock, within } from "../../core/clock.ts";
import type { FromChild, ToChild } from "../../link/messages.ts";

export type Examined = Extract<FromChild, { type: "examined" }>;
type OrderIn<M> = M extends { type: "examine" } ? Omit<M, "type" | "id"> : never;
type Order = OrderIn<ToChild>;

/** How often it is looked whether the process is still there. */
const LOOK_MS = 250;

export class Examiner {
  #count = 0;
  #asked: { id: number; answer: PromiseWithResolvers<Examined> } | undefined;

  /** Undefined: the process has ended, or not answered in time. One at a time: else a text says so. */
  async ask(
    order: Order,
    { send, isThere }: { send: (message: ToChild) => void; isThere: () => boolean },
    clock: Clock,
    withinMs: number,
  ): Promise<Examined | "busy" | undefined> {
    if (this.#asked) return "busy";
    const id = ++this.#count;
    const answer = Promise.withResolvers<Examined>();
    this.#asked = { id, answer };
    send({ type: "examine", id, ...order } as ToChild);
    const untilMs = clock.now() + withinMs;
    let told: Examined | undefined;
    while (!told && isThere() && clock.now() < untilMs)
      told = await within(clock, LOOK_MS, answer.promise, undefined);
    this.#asked = undefined;
    return told;
  }

  settle(told: Examined): void {
    if (this.#asked?.id === told.id) this.#asked.answer.resolve(told);
  }
}
