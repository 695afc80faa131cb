// The groups of workers behind this front, each with its own queue, workers, limits and timeouts; and which of them a
// request is for.

import type { Clock } from "../core/clock.ts";
import { Deadlines } from "../core/deadlines.ts";
import { GwError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { Sample } from "../link/figures.ts";
import {
  type Backend,
  type FrontGroup,
  type FrontSettings,
  type FrontStats,
  type Shortage,
  STATUS_GROUP,
  type TrialOrder,
  type WorkerPace,
} from "../link/messages.ts";
import type { Metric } from "../metrics/table.ts";
import type { LostReport } from "./dispatch/backends.ts";
import { Dispatch } from "./dispatch/dispatch.ts";
import { markVisit } from "./dispatch/sticky.ts";
import { ANSWER_WORDS, BODY_WORDS, Spool, type SpoolWords } from "./spool/spool.ts";
import { openIn } from "./spool/spool-file.ts";
import { type BodyLimitFor, createBodyLimits } from "./stages/body-limits.ts";
import { createRouter, type Router } from "./stages/route.ts";
import { ClientPace } from "./visit/client-pace.ts";
import type { Visit } from "./visit/visit.ts";

/** Where programs keep what is large and of no use after them. */
const SPOOL_DIRECTORY = "/var/tmp";

export type GroupsOptions = {
  clock: Clock;
  log: Log;
  groups: readonly FrontGroup[];
  /** Takes requests for hosts that no group names. */
  defaultGroup?: string | undefined;
  date: () => string;
  /** Whether the process with this pid goes on: one that has ended, or is about to, does not. */
  isRunning: (pid: number) => boolean;
  owner: GroupsOwner;
};

/** Whom groups tell of their workers. */
export interface GroupsOwner {
  /** Requests were lost with a worker, or it has none left. */
  onLost(report: LostReport): void;
  /** Requests of the group wait. */
  onPressure(group: string, shortage: Shortage): void;
  /** A mistake of ours, which nobody else is told of. */
  onBug(thrown: unknown): void;
}

export class Group {
  readonly name: string;
  readonly settings: FrontSettings;
  readonly dispatch: Dispatch;
  /** The socket timeout. */
  readonly silence: Deadlines;
  readonly pace: ClientPace;
  readonly bodyLimitFor: BodyLimitFor;
  readonly spools: { answers: Spool | undefined; bodies: Spool | undefined };

  constructor({ name, settings }: FrontGroup, options: GroupsOptions) {
    const { clock, log, date, isRunning, owner } = options;
    this.name = name;
    this.settings = settings;
    this.bodyLimitFor = createBodyLimits(settings.limitRequestBodyBytes, settings.bodyLimits);
    this.silence = new Deadlines(clock, settings.socketTimeoutMs);
    this.pace = new ClientPace(clock, settings.socketTimeoutMs, settings.pace);
    this.spools = {
      answers: openSpool(settings.pace?.spoolBytes, ANSWER_WORDS, options),
      bodies: openSpool(settings.pace?.bodySpoolBytes, BODY_WORDS, options),
    };
    this.dispatch = new Dispatch({
      clock,
      log,
      settings,
      silence: this.silence,
      pace: this.pace,
      date,
      spools: this.spools,
      isRunning,
      onLost: (report) => owner.onLost(report),
      onBug: (thrown) => owner.onBug(thrown),
      onPressure: (shortage) => owner.onPressure(name, shortage),
    });
  }
}

function openSpool(most = 0, words: SpoolWords, { clock, log }: GroupsOptions): Spool | undefined {
  return most > 0 ? new Spool({ words, clock, log, most, open: openIn(SPOOL_DIRECTORY) }) : undefined;
}

export class Groups {
  #isLameDuck = false;
  readonly #all: readonly Group[];
  readonly #byName: ReadonlyMap<string, Group>;
  readonly #router: Router;
  readonly #log: Log;

  constructor(options: GroupsOptions) {
    this.#all = options.groups.map((group) => new Group(group, options));
    this.#byName = new Map(this.#all.map((group) => [group.name, group]));
    this.#router = createRouter(options.groups, options.defaultGroup);
    this.#log = options.log;
  }

  [Symbol.iterator](): Iterator<Group> {
    return this.#all.values();
  }

  /** Whose request it is; the visit is told its group and its mount. */
  route(visit: Visit): undefined {
    // A stage before this one has claimed it.
    if (visit.group !== "") return;
    const { group, mount, cut } = this.#router(visit.host, visit.target);
    visit.group = group;
    visit.mount = mount;
    visit.cut = cut;
  }

  /** By what its client is known again, where that decides about the worker. */
  mark(visit: Visit): undefined {
    const { sticky } = this.of(visit).settings;
    if (sticky) markVisit(visit, sticky);
  }

  /** The group of a visit that was routed. */
  of({ group: name }: Visit): Group {
    const group = this.#all.length === 1 ? this.#all[0] : this.#byName.get(name);
    if (!group) throw new GwError("bug", { what: `a request was routed to ${name}, which is no group` });
    return group;
  }

  /** Of at least one group a worker takes requests, or would be started by the first, or none is needed; and gw is not about to stop. */
  get takeRequests(): boolean {
    if (this.#isLameDuck) return false;
    return this.#all.some(
      ({ name, dispatch, settings }) =>
        name !== STATUS_GROUP &&
        (!dispatch.queue.isDeserted || settings.scaleUpWaitMs !== undefined || settings.files?.isWhole),
    );
  }

  /** gw is about to stop, and serves on until others have noticed. */
  becomeLameDuck(): void {
    this.#isLameDuck = true;
  }

  /** How slowly its client may take the answer; what is no group's has the first one's. */
  paceOf(visit: Visit): ClientPace | undefined {
    return (this.#byName.get(visit.group) ?? this.#all[0])?.pace;
  }

  get stats(): Pick<FrontStats, "queued" | "groups" | "workers"> {
    const groups = this.#all.map(({ name, dispatch }) => ({
      name,
      queued: dispatch.queue.length,
      oldestMs: Math.round(dispatch.queue.oldestMs),
      busy: dispatch.readBusy(),
      ...(dispatch.trialCounts && { trial: dispatch.trialCounts }),
    }));
    return {
      queued: groups.reduce((sum, { queued }) => sum + queued, 0),
      groups,
      workers: this.#all.flatMap(({ dispatch }) => dispatch.loads),
    };
  }

  /** What was counted since the start, and is so now, of those that are apps. */
  get figures(): Sample[] {
    return this.#all.flatMap(({ name, spools, dispatch: { busyMs } }) => {
      if (name === STATUS_GROUP) return [];
      const sample = (metric: Metric, value: number) => ({ metric, labels: [name], value });
      const busy = sample("gw_worker_busy_seconds_total", busyMs / 1000);
      const all = Object.values(spools).filter((spool) => spool !== undefined);
      if (all.length === 0) return [busy];
      const sumOf = (key: "used" | "failures") => all.reduce((sum, spool) => sum + spool[key], 0);
      return [
        busy,
        sample("gw_spool_bytes", sumOf("used")),
        sample("gw_spool_failures_total", sumOf("failures")),
      ];
    });
  }

  /** How those workers do whose limits are found here. */
  notePaces(paces: readonly WorkerPace[]): void {
    for (const { dispatch } of this.#all) dispatch.notePaces(paces);
  }

  setBackends(backends: readonly Backend[], paused: readonly string[], trial?: TrialOrder): void {
    for (const { group, slot } of backends) {
      if (!this.#byName.has(group)) this.#log.debug("worker of an unknown group", { group, worker: slot });
    }
    for (const { name, dispatch } of this.#all) {
      const own = backends.filter(({ group }) => group === name);
      dispatch.setBackends(own, paused.includes(name), trial);
    }
  }
}
