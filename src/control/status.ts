// What `gw status` tells: its shape, and the words for states with what each one means. Filled in by the supervisor,
// shown by the CLI; nothing here acts.
import type { Reason } from "../core/reasons.ts";

/** States of gw as a whole. */
export const SERVER_STATES = {
  starting: "gw is being started; its port answers when every process has been ready once",
  serving: "at least one group of workers takes requests",
  waiting: "no worker takes requests at the moment; requests wait in the queue for one",
  "crash loop": "no worker takes requests, and the app keeps ending soon after its start",
  stopping: "gw takes nothing new, and finishes what it has",
} as const satisfies Record<string, string>;

export type ServerState = keyof typeof SERVER_STATES;

/** States of a group of workers. */
export const GROUP_STATES = {
  starting: "its first workers are being started",
  serving: "at least one of its workers takes requests",
  asleep: "it has no worker; the first request starts one",
  files: "it has only files, for which there are no workers",
  waiting: "none of its workers takes requests at the moment; requests wait for one",
  "crash loop": "its app keeps ending soon after its start; other groups are not touched by that",
  paused: "gw pause was typed: its requests wait until gw resume, or until the pause is over by itself",
} as const satisfies Record<string, string>;

export type GroupState = keyof typeof GROUP_STATES;

/** States of a generation. */
export const GENERATION_STATES = {
  starting: "its workers are being started; the traffic moves to it when all of them are ready",
  trial: "it takes a share of the new requests, and is watched, before it takes all of them or goes",
  serving: "it takes all new requests",
  draining: "another one has taken its place; it finishes what it has",
} as const satisfies Record<string, string>;

export type GenerationState = keyof typeof GENERATION_STATES;

/** States of one process, front or worker. */
export const PROCESS_STATES = {
  starting: "the process has been made, and loads what it is to run",
  ready: "it serves",
  draining: "it takes nothing new, and finishes what it has",
  parting: "it has finished what it had, and its app runs its own shutdown code",
  stopping: "it has been told to leave, or is being killed",
  resting: "it ended; the next process for its place starts after a pause",
  "crash loop": "it ended again and again soon after its start; gw keeps trying, with longer pauses",
} as const satisfies Record<string, string>;

export type ProcessState = keyof typeof PROCESS_STATES;

export type ProcessStatus = {
  /** Number of the place, which outlives its processes. Two processes share one while one replaces the other. */
  slot: number;
  /** Null while the place rests. */
  pid: number | null;
  state: ProcessState;
};

export type FrontStatus = ProcessStatus & {
  /** Clients that are connected. */
  clients: number;
  /** Most of them at once; null until the front end has told. */
  maxClients: number | null;
  /** Limits, as the front end read them back from the system; empty until it is ready. */
  limits: Record<string, number | string>;
};

export type WorkerStatus = ProcessStatus & {
  activeRequests: number;
  /** So many it may have at once now: as --concurrency says, or as the front ends have found. */
  concurrency: number;
  /** Of the active ones, answers that have begun and go on. */
  streams: number;
  /** Of the active ones: all that is waited for is that the client sends more of its body, or takes more of its answer. */
  receiving: number;
  heldUp: number;
  requestCount: number;
  /** Open WebSockets. */
  tunnels: number;
  /** The app computes, and its event loop does not turn: others are preferred to it. */
  isStalled: boolean;
  /** Null where the system does not tell. */
  rssBytes: number | null;
  /** Wall time, ISO 8601. */
  startedAt: string | null;
  generation: number;
  /** The app's file that it has loaded, with every symbolic link resolved; null until it is ready, and without an app. */
  app: string | null;
  /** Limits and identity, as the worker read them back from the system; empty until it is ready. */
  limits: Record<string, number | string>;
};

export type GroupStatus = {
  name: string;
  kind: "app" | "service" | "auth";
  state: GroupState;
  /** The serving one; its workers may be of older ones too. */
  generation: number;
  /** How many workers there may be, and are to be now. */
  processes: { min: number; max: number; wanted: number };
  /** The bounds within which each worker's concurrency is found; equal where it is fixed. */
  concurrency: { min: number; max: number };
  /** Path below which it sits; null when only routes lead to it, and for services. */
  mount: string | null;
  /** Names that it answers for; empty for any. */
  hosts: string[];
  /** Wall time, ISO 8601, at which a pause ends by itself; null when it is not paused. */
  pausedUntil: string | null;
  queueLength: number;
  /** By what clients are known that stay on one worker, and what happens when it is full; null where they do not. */
  sticky: { by: string; overflow: "wait" | "move" } | null;
  /** Requests that have ended so many workers that they reach none until then: wall time, ISO 8601. */
  poisons: { method: string; path: string; deaths: number; until: string }[];
  /** Places whose worker was drained by hand, and that stay empty. */
  drained: number[];
  workers: WorkerStatus[];
};

export type GenerationStatus = {
  number: number;
  state: GenerationState;
  /** Wall time, ISO 8601. */
  startedAt: string;
  /** Files of the apps of its groups, with every symbolic link resolved. */
  apps: string[];
  /** Of its groups of apps: services and auth processes are not counted. */
  workers: number;
  activeRequests: number;
  /** Answers that have begun and go on. */
  streams: number;
  /** Open WebSockets. */
  tunnels: number;
};

/** Of one side of a trial. `headMs`: within which 95 of a hundred answers have begun; null while nobody knows. */
export type SideTold = { requests: number; failed: number; headMs: number | null };

/** A generation that takes a share of the requests: `percent` of them, for `leftMs` more; `old`: the one that serves. */
export type TrialTold = { generation: number; percent: number; leftMs: number; old: SideTold; new: SideTold };

/** A reload that failed; shown until the next try. */
export type RefusedStatus = {
  /** Null when the configuration was refused, and no generation started. */
  generation: number | null;
  at: string;
  /** Who asked: `gw reload`, `SIGHUP`, `gw rollback` or a change of a file. */
  by: string;
  reason: string;
  /** The app's own words, or each problem of the configuration. */
  detail: string | null;
};

export type CertificateStatus = {
  file: string;
  /** Names that it is shown for; none for every other one. */
  names: string[];
  /** Wall time, ISO 8601. */
  expiresAt: string;
};

export type RefusedCertificate = { file: string; at: string; reason: string };

export type Status = {
  version: string;
  pid: number;
  uptimeSeconds: number;
  state: ServerState;
  port: number;
  urls: string[];
  serverRoot: string;
  /** The serving one. */
  generation: number;
  /** The newest first. */
  generations: GenerationStatus[];
  /** A generation that takes a share of the requests, beside the one that serves; null while none is tried out. */
  trial: TrialTold | null;
  refused: RefusedStatus | null;
  /** Where gw rollback would go; null when there is nowhere. */
  previous: { generation: number; apps: string[] } | null;
  /** Those that are served, the default one first; none without HTTPS. */
  certificates: CertificateStatus[];
  /** A file of theirs has changed, and what it says since then cannot be served; null when all is as it should be. */
  refusedCertificate: RefusedCertificate | null;
  fronts: FrontStatus[];
  groups: GroupStatus[];
  /** How often each reason has ended a process since gw was started. */
  restarts: Partial<Record<Reason, number>>;
  lastRestart: { reason: Reason; process: string; at: string } | null;
  /** Places whose processes do not stay: the last error, and the length of the pause that follows it. */
  troubles: Trouble[];
  /** Where the log goes and is not taken as it should be: a file, the journal; absent where a gw of before is asked. */
  logTroubles?: LogTrouble[];
};

export type LogTrouble = {
  /** Or the socket of the journal. */
  file: string;
  why: string;
  /** Lines that have been lost since this began. */
  lost: number;
};

/** What has become of the log; lines that are lost, since the start. */
export type LogsSeen = { lost: number; lostAccess: number; troubles: LogTrouble[] };

export type Trouble = {
  process: string;
  /** Ends before it had answered anything, in a row; 0 when so many that had served have ended that it has to wait. */
  deaths: number;
  isCrashLoop: boolean;
  pauseMs: number;
  /** Why the last start failed; null when it had started, and ended later. */
  error: string | null;
};

/** States of a group whose requests are answered, or held on purpose. */
const ABLE: ReadonlySet<GroupState> = new Set(["serving", "asleep", "files", "paused"]);

/** What is true of gw as a whole, from what it is about and how its groups are. Services answer nobody. */
export function judgeState(
  phase: "starting" | "serving" | "stopping",
  groups: readonly Pick<GroupStatus, "kind" | "state">[],
): ServerState {
  if (phase !== "serving") return phase;
  const apps = groups.filter(({ kind }) => kind === "app");
  if (apps.some(({ state }) => ABLE.has(state))) return "serving";
  return apps.some(({ state }) => state === "crash loop") ? "crash loop" : "waiting";
}

/** What is true of one group, from its workers; `hasServed`: since gw was started, one of them has been ready; `hasApp`: or the welcome page. */
export function judgeGroup(
  workers: readonly Pick<ProcessStatus, "state">[],
  { isPaused = false, hasServed = true, hasApp = true } = {},
): GroupState {
  if (!hasApp) return "files";
  if (isPaused) return "paused";
  if (workers.some(({ state }) => state === "ready")) return "serving";
  if (workers.length === 0) return "asleep";
  if (workers.some(({ state }) => state === "crash loop")) return "crash loop";
  return hasServed ? "waiting" : "starting";
}

/** Those that are not as they should be while others serve. */
export function listTroubled<G extends Pick<GroupStatus, "state">>(groups: readonly G[]): G[] {
  return groups.filter(({ state }) => !ABLE.has(state));
}

/** The part of it that is enough to find an instance. */
export type Pong = Pick<Status, "version" | "pid" | "state" | "port" | "urls">;

export function pongOf({ version, pid, state, port, urls }: Status): Pong {
  return { version, pid, state, port, urls };
}
