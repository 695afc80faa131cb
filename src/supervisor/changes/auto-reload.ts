// reload-on-changes: follows the files that the app consists of, and reloads when one of them changes. A change that does
// not load leaves the old generation serving; its files are followed too, because one of them will mend it. Without that option
// the scripts of apps and hooks in Python are followed, as long as script-reloading is on.
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { pythonScriptsOf } from "../../options/declare/worker-kinds.ts";
import type { ConfigModules } from "../../options/resolve/resolve.ts";
import type { News } from "../child/slot.ts";
import type { ConfigFollower, Reloads } from "../generations/reloads.ts";
import type { Site } from "../generations/site.ts";
import type { ModulesListener } from "../groups/pool-setup.ts";
import { Changes, type LookAt } from "./changes.ts";

export type AutoReloadSetup = {
  clock: Clock;
  log: Log;
  look: LookAt;
  /** Sees where a path leads, and not what is there. */
  lookAtPlace: LookAt;
  /** Asked for when they are needed, for they are made after this: its generations' workers tell what they have loaded. */
  site: () => Pick<Site, "hasBegun" | "generation">;
  reloads: () => Pick<Reloads, "present" | "supersede">;
};

/** What a generation has read, and where it looked in vain; `sinceMs`: wall time at which it was first heard of. */
type FilesRead = { files: Set<string>; missing: Set<string>; beganAtMs: number };

/** Of what was refused, the latest tells what is to be mended. */
const MOST_TRIED = 4;
/** An app of more files than that is watched in part; whoever speaks for it may say anything. */
const MOST_FILES = 20_000;

export class AutoReload implements ModulesListener, ConfigFollower {
  readonly #setup: AutoReloadSetup;
  readonly #changes: Changes;
  /** Workers tell their files by the paths that links have led to; that the links lead elsewhere is seen by these. */
  readonly #places: Changes;
  readonly #readings = new Map<number, FilesRead>();
  /** Of the configuration that was read last, which may be none that holds. */
  #configRead: ConfigModules | undefined;
  #isStopped = false;

  constructor(setup: AutoReloadSetup) {
    this.#setup = setup;
    const { clock, look, lookAtPlace } = setup;
    const onChange = (paths: string[]) => this.#reload(paths);
    this.#changes = new Changes({ clock, look, onChange });
    this.#places = new Changes({ clock, look: lookAtPlace, onChange });
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopLooking();
  }

  /** A worker of this generation tells what it has loaded. `beganAtMs`: wall time at which its generation was started. */
  hear(generation: number, beganAtMs: number, news: Extract<News, { type: "modules" }>): void {
    // Nobody has asked for it otherwise.
    if (!this.#setup.reloads().present.settings.reloadOnChanges) return;
    const reading = this.#readings.get(generation) ?? { files: new Set(), missing: new Set(), beganAtMs };
    note(news.files, reading.files);
    note(news.missing, reading.missing);
    this.#readings.set(generation, reading);
    this.refresh();
  }

  /** The configuration was read. What is wrong in it is mended in one of these. */
  hearConfig(modules: ConfigModules | undefined): void {
    this.#configRead = modules;
    this.refresh();
  }

  /** Something else serves, or another configuration holds. */
  refresh(): void {
    const site = this.#setup.site();
    if (this.#isStopped || !site.hasBegun) return;
    const { settings, groups, configModules } = this.#setup.reloads().present;
    if (!settings.reloadOnChanges) return this.#followScripts(groups);
    this.#places.watch([...new Set(groups.flatMap(({ settings: { app, home } }) => [home, app ?? home]))]);
    const serving = site.generation.number;
    const tried = [...this.#readings.keys()].filter((number) => number > serving).toSorted((a, b) => b - a);
    for (const number of this.#readings.keys())
      if (number < serving || tried.indexOf(number) >= MOST_TRIED) this.#readings.delete(number);
    const config = [configModules, this.#configRead].flatMap((modules) => modules ?? []);
    const readings = [...this.#readings.values(), ...config];
    const paths = new Set([
      ...readings.flatMap(({ files, missing }) => [...files, ...missing]),
      ...(settings.config === undefined ? [] : [settings.config]),
      ...settings.trackChanges,
    ]);
    // Until an app has told what it has loaded, a change is what differs from now.
    const beganAtMs = Math.max(...readings.map((reading) => reading.beganAtMs));
    this.#changes.watch([...paths], readings.length > 0 ? { beganAtMs } : {});
  }

  #followScripts(groups: Reloads["present"]["groups"]): void {
    this.#places.stop();
    const followed = groups.filter(({ settings }) => settings.scriptReloading);
    const scripts = new Set(followed.flatMap(({ settings }) => pythonScriptsOf(settings)));
    if (scripts.size === 0) this.#changes.stop();
    else this.#changes.watch([...scripts]);
  }

  #stopLooking(): void {
    this.#changes.stop();
    this.#places.stop();
  }

  #reload(paths: readonly string[]): void {
    const { log, reloads } = this.#setup;
    const [file = "a file", ...others] = paths;
    log.info("files have changed", { file, others: others.length || undefined });
    // The reason of a refusal stands in the log already.
    reloads()
      .supersede(`a change of ${file}`)
      .catch(() => {});
  }
}

function note(paths: readonly string[], known: Set<string>): void {
  for (const path of paths) {
    if (known.size >= MOST_FILES) return;
    known.add(path);
  }
}
