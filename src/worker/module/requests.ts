// The requests that an app works on, as its code can know and hear of them: each handler, and all that it awaits, runs in a
// scope that knows which request it is about. Costs nothing until somebody wants to know: an app that imports gw's module, or
// an operator who wants the ids of requests in what the app prints.

import { AsyncLocalStorage } from "node:async_hooks";
import type { ServerResponse } from "node:http";
import type { Clock } from "../../core/clock.ts";
import type { EventSource } from "./events.ts";
import type { InfoSetup, RequestInfo, ScopedRequest } from "./request-info.ts";

export type RequestsOptions = { clock: Clock; events: EventSource; setup: InfoSetup; newId: () => string };

export class Requests {
  readonly #options: RequestsOptions;
  readonly #scope = new AsyncLocalStorage<ScopedRequest>();
  /** Whose handler has thrown it. */
  readonly #failed = new WeakMap<object, ScopedRequest>();
  /** Somebody wants to know; requests that are under way when that begins stay unknown. */
  isOn = false;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  watch(): void {
    this.isOn = true;
  }

  /** For a request that no front has given one. */
  newId(): string {
    return this.#options.newId();
  }

  /** Whose handler has called, or begun what calls now. */
  get currentId(): string | undefined {
    return this.#scope.getStore()?.id;
  }

  get currentInfo(): RequestInfo | undefined {
    return this.#scope.getStore()?.info(this.#options.setup);
  }

  /** Runs a handler that answers with a Response, undefined for a WebSocket, or a promise of one; the same is answered. */
  handle<T>(request: ScopedRequest, act: () => T): T {
    const { hearsRequests } = this.#options.events;
    return this.#scope.run(request, () =>
      hearsRequests ? this.#observe(request, act) : this.#attempt(request, act),
    );
  }

  /** An error handler has no request: it runs for the one whose handler has thrown that. */
  handleError<T>(thrown: unknown, act: () => T): T {
    const request = isObject(thrown) ? this.#failed.get(thrown) : undefined;
    return request ? this.#scope.run(request, act) : act();
  }

  /** The same for a handler that writes its answer. */
  handleNode<T>(request: ScopedRequest, response: ServerResponse, act: () => T): T {
    if (!this.#options.events.hearsRequests) return this.#scope.run(request, act);
    return this.#scope.run(request, () => {
      const { events, clock } = this.#options;
      const begun = clock.now();
      this.#tellStarted(request);
      if (events.hears("requestFinished"))
        response.once("close", () =>
          this.#tellFinished(request, response.headersSent ? response.statusCode : 0, begun),
        );
      try {
        return act();
      } catch (thrown) {
        this.noteException(thrown);
        throw thrown;
      }
    });
  }

  /** A handler has failed. */
  noteException(error: unknown): void {
    const { events } = this.#options;
    if (events.hears("requestException"))
      events.tell("requestException", Object.freeze({ request: this.currentInfo, error }));
  }

  #attempt<T>(request: ScopedRequest, act: () => T): T {
    const note = (thrown: unknown) => {
      if (isObject(thrown)) this.#failed.set(thrown, request);
    };
    try {
      const answer = act();
      if (answer instanceof Promise) answer.then(undefined, note);
      return answer;
    } catch (thrown) {
      note(thrown);
      throw thrown;
    }
  }

  #observe<T>(request: ScopedRequest, act: () => T): T {
    const begun = this.#options.clock.now();
    this.#tellStarted(request);
    let answer: T;
    try {
      answer = this.#attempt(request, act);
    } catch (thrown) {
      this.#fail(request, thrown, begun);
      throw thrown;
    }
    if (!(answer instanceof Promise)) this.#tellFinished(request, statusOf(answer), begun);
    else
      answer.then(
        (settled) => this.#tellFinished(request, statusOf(settled), begun),
        (thrown: unknown) => this.#fail(request, thrown, begun),
      );
    return answer;
  }

  /** What the client gets is 500, unless the program has an error handler that says otherwise. */
  #fail(request: ScopedRequest, thrown: unknown, begun: number): void {
    this.noteException(thrown);
    this.#tellFinished(request, 500, begun);
  }

  #tellStarted(request: ScopedRequest): void {
    const { events, setup } = this.#options;
    if (events.hears("requestStarted"))
      events.tell("requestStarted", Object.freeze({ request: request.info(setup) }));
  }

  #tellFinished(request: ScopedRequest, status: number, begun: number): void {
    const { events, setup, clock } = this.#options;
    if (!events.hears("requestFinished")) return;
    const durationMs = Math.max(0, clock.now() - begun);
    events.tell("requestFinished", Object.freeze({ request: request.info(setup), status, durationMs }));
  }
}

const isObject = (thrown: unknown): thrown is object => typeof thrown === "object" && thrown !== null;

const SWITCHED = 101;
const statusOf = (answer: unknown): number => (answer instanceof Response ? answer.status : SWITCHED);
