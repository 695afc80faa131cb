// What the status page shows: how gw is now, how it was in the last ten minutes, and the configuration in force. Gathered by
// the supervisor, rendered by another process. All of it is bounded. Types only; instants are milliseconds since 1970.

import type { AppMetric } from "../link/apps/app-metrics.ts";
import type { Sample } from "../link/figures.ts";
import type { Subject } from "../link/messages.ts";
import type { ActiveRequests, Records } from "./records.ts";
import type { Status } from "./status.ts";

export type Picture = {
  atMs: number;
  /** In embedded mode there are none, and nobody counts requests. */
  hasFronts: boolean;
  status: Status;
  usages: ProcessUsage[];
  loads: GroupUse[];
  history: History;
  /** None in embedded mode. */
  active: ActiveRequests;
  /** The latest of each list. */
  records: Records;
};

/** What a process takes of the machine; null for what is not known. */
export type ProcessUsage = {
  role: "supervisor" | "front" | "worker" | "metrics";
  slot: number;
  pid: number;
  rssBytes: number | null;
  /** Part of one processor, over the last seconds. */
  cpu: number | null;
  /** By how much its loop came too late when it last said that it turns. */
  lagMs: number | null;
};

export type GroupUse = {
  group: string;
  /** Requests that its ready workers may have at once; 0 in embedded mode, where nobody bounds them. */
  slots: number;
  /** How many were on workers on the average of ten seconds. */
  busy: number;
  /** How long the first of those that wait has waited. */
  oldestMs: number;
};

export type History = {
  /** From one point to the next. */
  stepMs: number;
  /** The oldest first. */
  points: HistoryPoint[];
};

/** What happened in one step; null for what nobody knows in embedded mode. */
export type HistoryPoint = {
  /** Its end. */
  atMs: number;
  /** Capacity used, from 0 to 1, of the group that had the least left. */
  capacity: number | null;
  /** Most requests that waited at once, and the longest wait of a first one. */
  queued: number | null;
  oldestMs: number | null;
  /** Per second; begun ones in embedded mode. */
  requests: number;
  /** Of these, answered with 5xx. */
  errors: number | null;
  /** Milliseconds of what ended in the step; null where nothing did. */
  latency: { p50: number; p95: number; p99: number } | null;
};

/** One option of the configuration in force. */
export type OptionInForce = {
  /** Null for what holds for gw as a whole. */
  group: string | null;
  key: string;
  /** As it could be typed; of variables for the app only the names. */
  value: string;
  /** Who has set it: a flag, a variable, a place in a file, or nobody. */
  origin: string;
  isDefault: boolean;
};

/** What the supervisor answers about each subject. */
export type AnswerTo = {
  /** `isReady`: gw takes requests, and is not about to stop; else `state` says what it is. */
  figures: { samples: Sample[]; appMetrics: AppMetric[]; isReady: boolean; state: string };
  picture: Picture;
  configuration: OptionInForce[];
} & Record<Subject, object>;
