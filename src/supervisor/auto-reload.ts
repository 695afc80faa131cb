// reload-on-changes: follows the files that the app consists of, and reloads when one of them changes.
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { Resolved } from "../options/resolve.ts";
import type { Reloads } from "./reloads.ts";
import type { Site } from "./site.ts";
import type { News } from "./slot.ts";

export type AutoReloadSetup = {
  clock: Clock;
  log: Log;
  site: Site;
  reloads: Reloads;
  config: () => Resolved;
};

export class AutoReload {
  constructor(private readonly setup: AutoReloadSetup) {}

  start(): void {
    void this.setup;
  }

  stop(): void {}

  hear(_news: News): void {}
}
