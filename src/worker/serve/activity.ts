// What the app is working on: how many requests it has not answered yet, how old they are together, and how many it has
// ever begun. A request counts from the call of the app's handler until its Response is there, or the head of its answer
// is written; bodies are the front's affair. Costs a few additions for each request.

import type { Server, ServerResponse } from "node:http";
import type { Clock } from "../../core/clock.ts";
import type { FetchHandler } from "../app/recognize-app.ts";

export type ActivityReport = { active: number; ageSumMs: number; requests: number };

/** Events of a server of node whose listeners get a request and the response for it. */
export const ANSWERED: ReadonlySet<unknown> = new Set(["request", "checkContinue", "checkExpectation"]);

export class Activity {
  #active = 0;
  /** Sum of the instants at which the active ones began. */
  #begun = 0;
  #requests = 0;
  readonly #clock: Clock;
  /** Node programs say nothing when they write a head; they are asked. */
  readonly #responses = new Map<ServerResponse, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  read(): ActivityReport {
    for (const response of this.#responses.keys()) if (response.headersSent) this.#close(response);
    const ageSumMs = Math.max(0, this.#active * this.#clock.now() - this.#begun);
    return { active: this.#active, ageSumMs: Math.round(ageSumMs), requests: this.#requests };
  }

  /** The same handler, counted. */
  meterHandler(handler: FetchHandler): FetchHandler {
    const activity = this;
    return function (this: unknown, request, server) {
      const begun = activity.#clock.now();
      // Nobody reads while the handler runs: what it answers at once has never been active.
      activity.#requests++;
      const answer = handler.call(this, request, server);
      if (answer instanceof Promise && Bun.peek.status(answer) === "pending") activity.#await(answer, begun);
      return answer;
    };
  }

  /** Counts the requests of a node:http server from now on. */
  meterNodeServer(server: Server): void {
    const emit = server.emit.bind(server) as (event: string | symbol, ...args: unknown[]) => boolean;
    server.emit = (event: string | symbol, ...args: unknown[]): boolean => {
      if (ANSWERED.has(event)) this.#open(args[1] as ServerResponse);
      return emit(event, ...args);
    };
  }

  #open(response: ServerResponse): void {
    // One event may lead to another of the same request.
    if (this.#responses.has(response)) return;
    const begun = this.#clock.now();
    this.#requests++;
    this.#begin(begun);
    this.#responses.set(response, begun);
    response.once("close", () => this.#close(response));
  }

  #close(response: ServerResponse): void {
    const begun = this.#responses.get(response);
    if (begun === undefined) return;
    this.#responses.delete(response);
    this.#end(begun);
  }

  #await(answer: Promise<unknown>, begun: number): void {
    this.#begin(begun);
    const end = () => this.#end(begun);
    answer.then(end, end);
  }

  #begin(begun: number): void {
    this.#active++;
    this.#begun += begun;
  }

  #end(begun: number): void {
    this.#active--;
    // Fractions add up to nothing that counts, and are lost whenever nobody is there.
    this.#begun = this.#active === 0 ? 0 : this.#begun - begun;
  }
}
