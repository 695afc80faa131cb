// The module `gw`, which apps import without installing anything, and what stands behind it.

import { type Clock, systemClock } from "../../core/clock.ts";
import { createIds } from "../../http/request-ids.ts";
import { sendFile } from "../files/fetch-files.ts";
import { AppMetrics } from "./app-metrics.ts";
import { EventSource } from "./events.ts";
import type { InfoSetup } from "./request-info.ts";
import { Requests } from "./requests.ts";

export type GwModuleOptions = {
  clock: Clock;
  events: EventSource;
  setup: InfoSetup;
  /** Tells the app's author of what gw leaves out. */
  warn(text: string): void;
};

export class GwModule {
  readonly events: EventSource;
  readonly requests: Requests;
  readonly metrics: AppMetrics;

  constructor({ clock, events, setup, warn }: GwModuleOptions) {
    this.events = events;
    this.requests = new Requests({ clock, events, setup, newId: createIds(random, clock) });
    this.metrics = new AppMetrics(warn);
  }

  /** To be called before the app is imported. */
  provide(): void {
    Bun.plugin({
      name: "gw",
      setup: (build) => {
        build.module("gw", () => {
          this.requests.watch();
          return { exports: this.exports(), loader: "object" };
        });
      },
    });
  }

  /** What apps import; its types for them stand in options/render/app-module. */
  exports() {
    const { events, requests, metrics } = this;
    return {
      sendFile,
      on: events.on.bind(events),
      requestInfo: () => requests.currentInfo,
      metrics: Object.freeze({
        counter: metrics.counter.bind(metrics),
        gauge: metrics.gauge.bind(metrics),
        histogram: metrics.histogram.bind(metrics),
      }),
    };
  }
}

/** For a thread of the app: the import leads somewhere, and nothing comes of it but `sendFile`. */
export function provideModuleWithoutRequests(): void {
  const nothing = () => {};
  const setup = { slot: 0, generation: 0, group: "" };
  new GwModule({ clock: systemClock, events: new EventSource(nothing), setup, warn: nothing }).provide();
}

/** Not that of Math, whose row of numbers is the app's to repeat. */
const random = () => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;
