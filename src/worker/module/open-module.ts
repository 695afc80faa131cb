// The module `gw` of a worker, joined to what it needs of the process: the life channel, which takes what the app counts, and console.

import { writeSync } from "node:fs";
import type { Channel } from "../../child/channel.ts";
import { systemClock } from "../../core/clock.ts";
import type { WorkerSetup } from "../../link/messages.ts";
import type { EventSource } from "./events.ts";
import { GwModule } from "./gw-module.ts";
import { markLastError, markOutput, markReports } from "./marked-output.ts";

/** How often it is told what the app has counted. */
const COUNTED_MS = 1000;

/** `report` prints what its author is to know of an app. `tellCounted` is to be called once more at the end. */
export function openModule(
  setup: WorkerSetup,
  { channel, events, program }: { channel: Channel; events: EventSource; program: NodeJS.Process },
): { module: GwModule; report(text: string): void; tellCounted(): void } {
  const currentId = () => (setup.marksLines ? module.requests.currentId : undefined);
  const report = markReports(currentId, (text) => program.stderr.write(text));
  const module = new GwModule({ clock: systemClock, events, setup, warn: report });
  const tellCounted = () => {
    const metrics = module.metrics.takeChanged();
    if (metrics) channel.say({ type: "counted", metrics });
  };
  setInterval(tellCounted, COUNTED_MS).unref();
  if (setup.marksLines) {
    module.requests.watch();
    markOutput(console, currentId, writeSync);
    markLastError(program, currentId, writeSync);
  }
  return { module, report, tellCounted };
}
