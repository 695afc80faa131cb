// The life channel: what the supervisor and its children (workers, fronts) say to each other besides traffic.
// JSON lines over the inherited IPC descriptor, so that a worker in any language can speak it. A child's word is
// never trusted: an app shares the process with its worker role. `readMessage` checks every field it uses.

import type { Cause } from "../core/errors.ts";
import type { IdentitySetup, LimitSetup } from "./setups.ts";

/** Raised when a message changes its meaning; a child with another number is refused by name. */
export const PROTOCOL = 1;

export type Role = "front" | "worker";

/** Step of a start, in order; shown when a start fails. */
export const STEPS = ["spawn", "hello", "configure", "load", "listen", "ready"] as const;
export type Step = (typeof STEPS)[number];

export type Level = "error" | "warn" | "info" | "debug";

/** What kind of app was recognised, in words for the banner. */
export const APP_KINDS = ["fetch", "function", "node handler", "listening program", "welcome page"] as const;
export type AppKind = (typeof APP_KINDS)[number];

export type FromChild =
  | { type: "hello"; protocol: number; role: Role; pid: number; version: string }
  | { type: "step"; step: Step }
  | {
      type: "ready";
      kind?: AppKind;
      url?: string;
      port?: number;
      /** A worker's limits and identity, as read back from the system. */
      limits?: Record<string, number | string>;
    }
  | { type: "failed"; cause: string; facts: Record<string, string | number>; step: Step; detail?: string }
  | { type: "heartbeat" }
  | { type: "stats"; stats: FrontStats }
  /** From a front, once, after a worker left the `backends` list: the requests that ended with it. */
  | { type: "lost"; socket: string; pid: number; requests: Casualty[]; count: number }
  | { type: "log"; level: Level; text: string; fields?: Record<string, string | number> }
  | { type: "drained" }
  | { type: "bye"; reason: string };

export type ToChild =
  | { type: "configure"; worker: WorkerSetup }
  | { type: "configure"; front: FrontSetup }
  | { type: "backends"; backends: Backend[] }
  /** To a front: answer what runs on this worker with this cause, and give it nothing more. */
  | { type: "condemn"; socket: string; cause: Cause }
  | { type: "drain"; withinMs: number };

/** A request as the operator is told of it: never its query. */
export type Casualty = { id: string; method: string; path: string; ageMs: number };

/** A worker as the fronts see it. A worker that is not listed takes no new request. */
export type Backend = {
  /** Number of the supervisor's slot; a slot's next worker has another `socket`. */
  slot: number;
  pid: number;
  generation: number;
  /** Path of the worker's UNIX socket. */
  socket: string;
  /** Shown with every request, so that nobody else can speak for the front. */
  token: string;
  /** Most requests that this front may have on the worker at once. */
  capacity: number;
  /** False: nothing new goes there, what runs may finish. */
  accepting: boolean;
};

/** What a worker must know to start; nothing else of the settings crosses the border. */
export type WorkerSetup = {
  slot: number;
  generation: number;
  /** Behind a front: a private UNIX socket. Embedded mode: the public port, and no front at all. */
  listen: { unix: string; token: string } | { host: string; port: number };
  /** Absolute path of the app's file, or null for the welcome page. */
  app: string | null;
  callableObject: string;
  /** Where clients reach the front, for apps that ask their server for its address. */
  publicHost: string;
  publicPort: number;
  limitRequestBodyBytes: number;
  evictionTimeoutMs: number;
  gracefulTimeoutMs: number;
  shutdownTimeoutMs: number;
  limits: LimitSetup;
  identity: IdentitySetup;
  /** Where the worker stands when the app is loaded; as the worker sees it, when there is a `chroot`. */
  home: string;
  /** Of the random source; absent for a new one at each start. */
  hashSeed?: number;
  /** The scheme that apps are shown, whatever clients used. */
  scheme?: "http" | "https";
};

/** What a front must know to start. Sizes in bytes, times in milliseconds. */
export type FrontSetup = {
  slot: number;
  host: string;
  port: number;
  settings: FrontSettings;
  /** Taken on after the port is bound. */
  identity: IdentitySetup;
};

export type FrontSettings = {
  queueTimeoutMs: number;
  maxQueue: number;
  connectTimeoutMs: number;
  socketTimeoutMs: number;
  /** From the whole request being with the worker to the head of its answer; 0 for no limit. */
  requestTimeoutMs: number;
  retryRequests: "unsent" | "idempotent" | "never";
  limitRequestBodyBytes: number;
  headerBufferBytes: number;
  /** Requests to paths that begin so do not count as activity. */
  ignoreActivity: string[];
};

export type FrontStats = {
  /** Requests waiting for a worker. */
  queued: number;
  /** Client requests being answered, queued ones included. */
  active: number;
  /** Requests ever accepted. */
  requests: number;
  /** Errors answered by gw itself, by cause. */
  errors: Record<string, number>;
  /** For each worker: requests now on it, and ever sent to it. */
  workers: WorkerLoad[];
};

export type WorkerLoad = {
  slot: number;
  pid: number;
  active: number;
  requests: number;
  /** Open WebSockets; they hold no slot of the concurrency. */
  tunnels?: number;
  /** Since the last counted activity; 0 while a request is active. */
  idleMs: number;
  oldest?: Casualty;
};

const ROLES: readonly Role[] = ["front", "worker"];
const LEVELS: readonly Level[] = ["error", "warn", "info", "debug"];

/** One reader for each message of a child: it takes the fields that are right, and nothing else. */
const READERS: { [T in FromChild["type"]]: (raw: Raw) => Extract<FromChild, { type: T }> | undefined } = {
  hello: (raw) =>
    isNumber(raw.protocol) && isRole(raw.role) && isNumber(raw.pid) && isText(raw.version)
      ? { type: "hello", protocol: raw.protocol, role: raw.role, pid: raw.pid, version: raw.version }
      : undefined,
  step: (raw) => (isStep(raw.step) ? { type: "step", step: raw.step } : undefined),
  ready: (raw) => ({
    type: "ready",
    ...(isKind(raw.kind) && { kind: raw.kind }),
    ...(isText(raw.url) && { url: raw.url }),
    ...(isNumber(raw.port) && { port: raw.port }),
    ...(isRecord(raw.limits) && { limits: factsOf(raw.limits) }),
  }),
  failed: (raw) =>
    isText(raw.cause) && isStep(raw.step)
      ? {
          type: "failed",
          cause: raw.cause,
          facts: factsOf(raw.facts),
          step: raw.step,
          ...(isText(raw.detail) && { detail: raw.detail }),
        }
      : undefined,
  heartbeat: () => ({ type: "heartbeat" }),
  stats: (raw) => (isStats(raw.stats) ? { type: "stats", stats: statsOf(raw.stats) } : undefined),
  lost: (raw) =>
    isText(raw.socket) && isNumber(raw.pid) && isNumber(raw.count) && Array.isArray(raw.requests)
      ? {
          type: "lost",
          socket: raw.socket,
          pid: raw.pid,
          count: raw.count,
          requests: raw.requests.filter(isCasualty).map(casualtyOf),
        }
      : undefined,
  log: (raw) =>
    isLevel(raw.level) && isText(raw.text)
      ? { type: "log", level: raw.level, text: raw.text, fields: factsOf(raw.fields) }
      : undefined,
  drained: () => ({ type: "drained" }),
  bye: (raw) => ({ type: "bye", reason: isText(raw.reason) ? raw.reason : "" }),
};

/** A child's message, checked; undefined when it is none of ours. Extra fields are ignored. */
export function readMessage(raw: unknown): FromChild | undefined {
  if (!isRecord(raw) || !isText(raw.type) || !Object.hasOwn(READERS, raw.type)) return undefined;
  return READERS[raw.type as FromChild["type"]](raw);
}

type Raw = Record<string, unknown>;

function isStats(value: unknown): value is FrontStats {
  return (
    isRecord(value) &&
    isNumber(value.queued) &&
    isNumber(value.active) &&
    isNumber(value.requests) &&
    isRecord(value.errors) &&
    Array.isArray(value.workers) &&
    value.workers.every(
      (w) =>
        isRecord(w) &&
        isNumber(w.slot) &&
        isNumber(w.pid) &&
        isNumber(w.active) &&
        isNumber(w.requests) &&
        isNumber(w.idleMs) &&
        (w.oldest === undefined || isCasualty(w.oldest)),
    )
  );
}

function isCasualty(value: unknown): value is Casualty {
  return (
    isRecord(value) && isText(value.id) && isText(value.method) && isText(value.path) && isNumber(value.ageMs)
  );
}

/** Nothing but the known fields: what else a child wrote must not travel on. */
function statsOf({ queued, active, requests, errors, workers }: FrontStats): FrontStats {
  const counts = Object.entries(errors).filter(([, count]) => isNumber(count));
  return { queued, active, requests, errors: Object.fromEntries(counts), workers: workers.map(loadOf) };
}

function loadOf({ slot, pid, active, requests, idleMs, oldest }: WorkerLoad): WorkerLoad {
  const load = { slot, pid, active, requests, idleMs };
  return oldest ? { ...load, oldest: casualtyOf(oldest) } : load;
}

function casualtyOf({ id, method, path, ageMs }: Casualty): Casualty {
  return { id, method, path, ageMs };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isText = (value: unknown): value is string => typeof value === "string";
// Compared, never converted: String() of an object from a child runs into whatever its `toString` is.
const isOneOf =
  <T extends string>(words: readonly T[]) =>
  (value: unknown): value is T =>
    words.some((word) => word === value);
const isRole = isOneOf(ROLES);
const isLevel = isOneOf(LEVELS);
const isStep = isOneOf(STEPS);
const isKind = isOneOf(APP_KINDS);

function factsOf(value: unknown): Record<string, string | number> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((e): e is [string, string | number] => isText(e[1]) || isNumber(e[1])),
  );
}
