// What an app hears of by `on` of gw's module: its requests, a drain that begins, and the end of its process. A listener is
// the app's own code: one that throws is told to its author, and changes nothing for the request and for the others.

import { isPromise } from "node:util/types";
import type { RequestInfo } from "./request-info.ts";

/** From now on the process gets no new clients. Times in milliseconds, from this instant on. */
export type DrainEvent = {
  /** The word of docs/reasons.md. */
  readonly reason: string;
  /** What has no answer yet may take until then. */
  readonly requestsWithinMs: number;
  /** Answers that have begun, and WebSockets. */
  readonly streamsWithinMs: number;
};

type Withdrawn = { reason: string; withinMs: number; streamsWithinMs?: number };

/** Of a message of the life channel. */
export const drainOf = ({ reason, withinMs, streamsWithinMs = withinMs }: Withdrawn): DrainEvent => ({
  reason,
  requestsWithinMs: withinMs,
  streamsWithinMs,
});

export type AppEvents = {
  requestStarted: { readonly request: RequestInfo };
  /** `status`: 101 for a WebSocket, 0 where none was sent. */
  requestFinished: { readonly request: RequestInfo; readonly status: number; readonly durationMs: number };
  /** What the handler has thrown, or rejected with. `request` is undefined where that is not known. */
  requestException: { readonly request: RequestInfo | undefined; readonly error: unknown };
  drain: DrainEvent;
  /** The requests are done; `reason` as in `drain`. */
  stopping: { readonly reason: string };
};

export type AppEvent = keyof AppEvents;

export const APP_EVENTS: readonly AppEvent[] = [
  "requestStarted",
  "requestFinished",
  "requestException",
  "drain",
  "stopping",
];

const ABOUT_REQUESTS = ["requestStarted", "requestFinished", "requestException"] as const;

type Listener = (event: never) => unknown;

export class EventSource {
  readonly #listeners = new Map<AppEvent, Set<Listener>>(APP_EVENTS.map((name) => [name, new Set()]));
  readonly #report: (thrown: unknown) => void;
  #drain: DrainEvent | undefined;
  /** Somebody listens to what becomes of requests. */
  hearsRequests = false;

  /** `report` tells the app's author of what a listener has thrown. */
  constructor(report: (thrown: unknown) => void) {
    this.#report = report;
  }

  /** Answers with what takes the listener off again. Throws a TypeError for the app's author. */
  on<E extends AppEvent>(name: E, listener: (event: AppEvents[E]) => unknown): () => void {
    const listeners = this.#listeners.get(name);
    if (!listeners)
      throw new TypeError(`gw has no event ${JSON.stringify(name)}; there are ${APP_EVENTS.join(", ")}`);
    if (typeof listener !== "function")
      throw new TypeError(`The listener for the event ${name} is not a function`);
    // A function that is given twice is called twice, and taken off once.
    const own: Listener = (event) => (listener as Listener)(event);
    listeners.add(own);
    this.#settle();
    const drain = this.#drain;
    if (name === "drain" && drain)
      queueMicrotask(() => {
        if (listeners.has(own)) this.#call(own, drain);
      });
    return () => {
      listeners.delete(own);
      this.#settle();
    };
  }

  #settle(): void {
    this.hearsRequests = ABOUT_REQUESTS.some((name) => this.hears(name));
  }

  hears(name: AppEvent): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  /** What the listeners have promised. */
  tell<E extends AppEvent>(name: E, event: AppEvents[E]): Promise<unknown>[] {
    const listeners = this.#listeners.get(name) ?? [];
    return [...listeners].flatMap((listener) => this.#call(listener, event) ?? []);
  }

  /** It begins once; who listens later hears of it at once. */
  beginDrain(drain: DrainEvent): void {
    if (this.#drain) return;
    this.#drain = Object.freeze(drain);
    this.tell("drain", this.#drain);
  }

  /** Resolves when all that is to be done before the end is done; undefined when nobody waits for anything. */
  tellStopping(reason: string): Promise<unknown> | undefined {
    const promised = this.tell("stopping", Object.freeze({ reason: this.#drain?.reason ?? reason }));
    return promised.length > 0 ? Promise.all(promised) : undefined;
  }

  /** Never rejects. */
  #call(listener: Listener, event: unknown): Promise<unknown> | undefined {
    try {
      const promised = listener(event as never);
      return isPromise(promised) ? promised.catch(this.#report) : undefined;
    } catch (thrown) {
      this.#report(thrown);
      return undefined;
    }
  }
}
