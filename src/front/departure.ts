// How a front leaves: it retires when another one has taken over its port, and drains when it is told to go.

import type { Channel } from "../child/channel.ts";
import type { Clock } from "../core/clock.ts";
import type { ToChild } from "../link/messages.ts";
import type { Door } from "./door/door.ts";
import type { Listeners } from "./listeners.ts";
import type { Pipeline } from "./pipeline.ts";
import { Retirement, shareToClose } from "./retirement.ts";
import type { LineRates } from "./telling/line-rates.ts";

const LAST_WORDS_MS = 250;
/** For apps that have just heard of the drain to say goodbye by their WebSockets. */
const GOODBYE_MS = 500;
/** Between two looks at the clients to whom answers may still be on their way. */
const LOOK_EVERY_MS = 10;

export type FrontDepartureOptions = {
  clock: Clock;
  random: () => number;
  door: Door;
  pipeline: Pipeline;
  listeners: Pick<Listeners, "presence" | "dismiss" | "end">;
  rates: LineRates;
  channel: Pick<Channel, "say">;
  /** Tells the supervisor how things are. */
  report: () => void;
  /** Ends the process. */
  exit: () => void;
};

export class FrontDeparture {
  readonly #options: FrontDepartureOptions;
  #retirement: Retirement | undefined;
  #retiringSince: number | undefined;
  #isDraining = false;
  /** Until then apps may close their WebSockets themselves. */
  #goodbyeUntil = 0;
  #isLooking = false;
  /** Said goodbye; only bytes on their way are waited for. */
  #hasLeft = false;

  constructor(options: FrontDepartureOptions) {
    this.#options = options;
  }

  /** Another front has the port as well, and gets what is new; told again, the time begins anew. */
  retire({ withinMs, streamsWithinMs, queueWithinMs }: Extract<ToChild, { type: "retire" }>): void {
    if (this.#isDraining) return;
    const { clock, random, door, pipeline, listeners, channel } = this.#options;
    const { groups } = pipeline;
    const beganAt = this.#retiringSince ?? clock.now();
    this.#retiringSince = beganAt;
    listeners.dismiss();
    door.endConnections(() => random() < shareToClose(clock.now() - beganAt));
    this.#retirement?.stop();
    this.#retirement = new Retirement({
      clock,
      withinMs,
      streamsWithinMs,
      queueWithinMs,
      look: () => listeners.presence,
      closeIdle: () => door.closeIdle(),
      endOverdue: (isOverdue) => {
        for (const { dispatch } of groups) dispatch.endOverdue(isOverdue);
      },
      endTunnels: () => {
        for (const { dispatch } of groups) dispatch.closeTunnels("worker_stopped");
      },
      endAll: () => pipeline.abandon(),
      onQuiet: () => channel.say({ type: "quiet" }),
    });
  }

  /** Takes nothing new, finishes what runs, and leaves; what is not finished in time is ended with an error. */
  drain(withinMs: number): void {
    const { clock, door, pipeline, listeners, channel } = this.#options;
    this.#retirement?.stop();
    clock.after(withinMs, () => this.#abandon());
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#goodbyeUntil = clock.now() + Math.min(GOODBYE_MS, withinMs);
    listeners.end();
    door.drain();
    for (const { dispatch } of pipeline.groups) dispatch.refuseHeld("shutting_down");
    channel.say({ type: "closed" });
    this.onQuiet();
  }

  get #hasTunnels(): boolean {
    return this.#options.pipeline.stats.workers.some(({ tunnels = 0 }) => tunnels > 0);
  }

  #lookAgain(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#options.clock.after(LOOK_EVERY_MS, () => {
      this.#isLooking = false;
      this.onQuiet();
    });
  }

  #abandon(): void {
    const { clock, pipeline, rates, channel, report, exit } = this.#options;
    channel.say({ type: "cut", count: pipeline.active });
    pipeline.abandon();
    report();
    rates.tellAll();
    // Clients that do not even take their error are not waited for.
    clock.after(LAST_WORDS_MS, exit);
  }

  /** Nothing is under way at this moment. */
  onQuiet(): void {
    const { clock, door, pipeline, rates, channel, report, exit } = this.#options;
    if (!this.#isDraining || this.#hasLeft || pipeline.active > 0) return;
    if (this.#hasTunnels && clock.now() < this.#goodbyeUntil) return this.#lookAgain();
    this.#hasLeft = true;
    report();
    for (const { dispatch } of pipeline.groups) dispatch.close();
    rates.tellAll();
    channel.say({ type: "drained" });
    channel.say({ type: "bye", reason: "drained" });
    const look = (): void => {
      if (door.connections === 0) exit();
      else clock.after(LOOK_EVERY_MS, look);
    };
    look();
  }
}
