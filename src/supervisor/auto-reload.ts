// reload-on-changes: follows the files that the app consists of, and reloads when one of them changes. A change that does
// not load leaves the old generation serving; its files are followed too, because one of them will mend it.
import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { Changes, type LookAt } from "./changes.ts";
import type { Reloads } from "./reloads.ts";
import type { Site } from "./site.ts";
import type { News } from "./slot.ts";

export type AutoReloadSetup = {
  clock: Clock;
  log: Log;
  look: LookAt;
  site: Pick<Site, "hasBegun" | "generation">;
  reloads: Pick<Reloads, "present" | "supersede">;
};

/** What a generation has read, and where it looked in vain; `sinceMs`: wall time at which it was first heard of. */
type Reading = { files: Set<string>; missing: Set<string>; beganAtMs: number };

export class AutoReload {
  private readonly changes: Changes;
  private readonly readings = new Map<number, Reading>();
  private isStopped = false;

  constructor(private readonly setup: AutoReloadSetup) {
    const { clock, look } = setup;
    this.changes = new Changes({ clock, look, onChange: (paths) => this.reload(paths) });
  }

  stop(): void {
    this.isStopped = true;
    this.changes.stop();
  }

  /** A worker of this generation tells what it has loaded. `beganAtMs`: wall time at which its generation was started. */
  hear(generation: number, beganAtMs: number, news: News): void {
    if (news.type !== "modules") return;
    const reading = this.readings.get(generation) ?? { files: new Set(), missing: new Set(), beganAtMs };
    for (const file of news.files) reading.files.add(file);
    for (const file of news.missing) reading.missing.add(file);
    this.readings.set(generation, reading);
    this.refresh();
  }

  /** Something else serves, or another configuration holds. */
  refresh(): void {
    const { site, reloads } = this.setup;
    if (this.isStopped || !site.hasBegun) return;
    const { settings } = reloads.present;
    if (!settings.reloadOnChanges) return this.changes.stop();
    const serving = site.generation.number;
    for (const number of this.readings.keys()) if (number < serving) this.readings.delete(number);
    const readings = [...this.readings.values()];
    const paths = new Set([
      ...readings.flatMap(({ files, missing }) => [...files, ...missing]),
      ...(settings.config === undefined ? [] : [settings.config]),
      ...settings.trackChanges,
    ]);
    // While no app has been loaded, what is there now is what there is to begin with.
    const beganAtMs = Math.max(...readings.map((reading) => reading.beganAtMs));
    this.changes.watch([...paths], readings.length > 0 ? { beganAtMs } : {});
  }

  private reload(paths: readonly string[]): void {
    const { log, reloads } = this.setup;
    const [file = "a file", ...others] = paths;
    log.info("files have changed", { file, others: others.length || undefined });
    // The reason of a refusal stands in the log already.
    reloads.supersede(`a change of ${file}`).catch(() => {});
  }
}
