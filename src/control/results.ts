// What a running gw answers to each command: filled in by the supervisor, shown by the CLI. Nothing here acts.

import type { Level } from "../core/log.ts";
import type { LogSource } from "../core/logging/log-source.ts";
import type { AppDistribution } from "../link/apps/app-metrics.ts";
import type { Sample } from "../link/figures.ts";
import type { CommandName, ControlRequest } from "./commands.ts";
import type { EvidenceTold } from "./evidence.ts";
import type { ActiveRequest, ActiveRequests, Records } from "./records.ts";
import type { Pong, Status, TrialTold } from "./status.ts";

export type Restarted = { restarted: number };

/** How many workers there were, and how many there are now. */
export type Scaled = { group: string; from: number; to: number };

/** One item of a restart. */
export type Replaced = { worker: number; oldPid: number | null; pid: number };

/** `cut`: what its worker had not finished in time; WebSockets as the front ends last told. */
export type Drained = {
  worker: number;
  pid: number | null;
  cut: { requests: number; tunnels: number };
};

/** `frames`: as in Error.stack, the innermost first; none where the event loop waits. */
export type Stack = { worker: number; pid: number; frames: string[] };

/** Where the supervisor has had a worker write a file, and how large that is. */
export type ExaminedFile = { worker: number; pid: number; path: string; bytes: number };

/** `until`: for each group the instant, ISO 8601, at which its pause ends by itself. */
export type Paused = { groups: string[]; until: Record<string, string> };

/** `groups`: those that were paused. `ranOut`: when a pause ended by itself of which nobody has been told before. */
export type Resumed = { groups: string[]; ranOut: Record<string, string> };

/** An old generation that has to go before one more can leave, and may still have requests; `forMs`: at most so long. */
export type Waiting = { waitsFor: number; forMs: number };

export type Reloaded = {
  generation: number;
  /** The one that served before. */
  previous: number;
  /** Ready workers of the new one. */
  workers: number;
  /** The front ends were replaced as well. */
  hasNewFronts: boolean;
  tookMs: number;
  /** What the old one still had when the traffic had moved; `streams` are those of the requests whose answer has begun. */
  left: { requests: number; streams: number; tunnels: number };
  /** With a share of the requests first: what was counted then. */
  trial?: TrialTold;
};

/** Another gw has taken over; `previous…` is the one that served before, and `left` what that still had. */
export type Upgraded = Pick<Reloaded, "generation" | "workers" | "tookMs" | "left"> & {
  version: string;
  previousVersion: string;
  pid: number;
  previousPid: number;
};

/** `path`: where the status page is. */
export type StatusToken = { token: string; path: string };

export type LevelRequest = Extract<ControlRequest, { command: "log-level" }>["arguments"];

/** The level of each source, as it holds now. */
export type LevelsTold = { levels: Record<LogSource, Level> };

/** `text`: as Prometheus reads it; `samples`: the same, one by one, with their labels by name. `bounds`: of an app's histogram. */
export type MetricsTold = {
  text: string;
  samples: {
    metric: string;
    labels: Record<string, string>;
    value: Sample["value"] | AppDistribution;
    bounds?: number[];
  }[];
};

/**
 * `now` and `startedAt` (of gw): wall time, ISO 8601. `active`: requests under way, where one was asked for, or those of a worker.
 * `slowAfterMs`: by group, where slow requests are remembered.
 */
export type Explained = {
  now: string;
  startedAt: string;
  /** There are none in embedded mode. */
  hasFronts: boolean;
  records: Records;
  active: ActiveRequest[];
  slowAfterMs: Record<string, number>;
};

export type ReloadRequest = Extract<ControlRequest, { command: "reload" }>["arguments"];
export type WhyRequest = Extract<ControlRequest, { command: "why" }>["arguments"];
export type UpgradeRequest = Extract<ControlRequest, { command: "upgrade" }>["arguments"];
export type ListRequest = Extract<ControlRequest, { command: "requests" }>["arguments"];

type Answers = {
  status: Status;
  ping: Pong;
  metrics: MetricsTold;
  why: Explained;
  evidence: EvidenceTold;
  requests: ActiveRequests;
  "status-token": StatusToken;
  reload: Reloaded;
  rollback: Reloaded;
  upgrade: Upgraded;
  /** With `front`, as a reload. */
  restart: Restarted | Reloaded;
  scale: Scaled;
  drain: Drained;
  stack: Stack;
  profile: ExaminedFile;
  heap: ExaminedFile;
  pause: Paused;
  resume: Resumed;
  "log-level": LevelsTold;
  logs: Record<string, never>;
  /** Requests that were ended because their time was over. */
  stop: { cut: number };
};

/** Every command has an answer: a row without one does not compile. */
export type ResultOf<C extends CommandName> = Answers[C];
