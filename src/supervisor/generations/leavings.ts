// The generations that finish what they have, because another one serves, or because they were only tried out.

import type { Waiting } from "../../control/results.ts";
import { describe, reasonOf } from "../../core/errors.ts";
import type { CrewTools } from "../crew/crew.ts";
import type { Fronts } from "../fronts/fronts.ts";
import type { Generation } from "./generation.ts";
import { type Leaving, makeRoom, windowsOf } from "./room.ts";

export class Leavings {
  readonly all = new Set<Leaving>();
  /** What a move that is under way waits for. */
  waiting: Waiting | undefined;
  readonly #tools: Pick<CrewTools, "clock" | "log">;
  readonly #whenServed: () => Promise<void>;

  /** `whenServed` resolves when the front ends that have taken over have the port. */
  constructor(tools: Pick<CrewTools, "clock" | "log">, whenServed: () => Promise<void>) {
    this.#tools = tools;
    this.#whenServed = whenServed;
  }

  /** Before one more leaves. Resolves when there is room for it, or as soon as `off` aborts. */
  makeRoom(off: AbortSignal): Promise<void> {
    const onWait = (waiting: Waiting | undefined) => {
      this.waiting = waiting;
    };
    return makeRoom(this.all, { ...this.#tools, off, onWait });
  }

  /** `fronts`: those that leave together with it. */
  begin(generation: Generation, fronts: Fronts | undefined, why: string): void {
    const { log, clock } = this.#tools;
    const { number } = generation;
    const leaving: Leaving = {
      generation,
      fronts,
      sinceMs: clock.now(),
      done: this.#finish(generation, fronts, why)
        .then(
          () => log.info("a generation has left", { generation: number }),
          // Whoever waits for it must not wait for ever; what it has left behind is ended with gw.
          (error) => log.error(describe("bug", { what: reasonOf(error) }), { generation: number }),
        )
        .then(() => void this.all.delete(leaving)),
    };
    generation.state = "draining";
    generation.announceDrain("script_reload");
    this.all.add(leaving);
  }

  /** Resolves when the generation with this number has left. */
  async whenGone(number: number): Promise<void> {
    await [...this.all].find(({ generation }) => generation.number === number)?.done;
  }

  /** Clients of old front ends may still send requests on the connections that they have: their workers stay till then. */
  async #finish(generation: Generation, fronts: Fronts | undefined, why: string): Promise<void> {
    try {
      if (!fronts) return;
      await this.#whenServed();
      await fronts.retire(windowsOf(generation.config));
    } finally {
      await generation.retire(why);
    }
  }
}
