// The module `gw` of a worker, joined to what it needs of the process: the life channel, which takes what the app counts, and console.

import { writeSync } from "node:fs";
import type { Channel } from "../../child/channel.ts";
import { systemClock } from "../../core/clock.ts";
import type { WorkerSetup } from "../../link/messages.ts";
import type { EventSource } from "./events.ts";
import { GwModule } from "./gw-module.ts";
import { markOutput } from "./marked-output.ts";

/** How often it is told what the app has counted. */
const COUNTED_MS = 1000;

/** `tellCounted` is to be called once more at the end. */
export function openModule(
  setup: WorkerSetup,
  { channel, events, warn }: { channel: Channel; events: EventSource; warn: (text: string) => void },
): { module: GwModule; tellCounted(): void } {
  const module = new GwModule({ clock: systemClock, events, setup, warn });
  const tellCounted = () => {
    const metrics = module.metrics.takeChanged();
    if (metrics) channel.say({ type: "counted", metrics });
  };
  setInterval(tellCounted, COUNTED_MS).unref();
  if (setup.marksLines) {
    module.requests.watch();
    markOutput(console, () => module.requests.currentId, writeSync);
  }
  return { module, tellCounted };
}
