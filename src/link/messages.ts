// The life channel: what the supervisor and its children (workers, fronts, auth processes) say to each other besides traffic.
// JSON lines over the inherited IPC descriptor, so that a worker in any language can speak it. A child's word is
// never trusted: an app shares the process with its worker role. link/read-message checks every field of it.

import type { Cause } from "../core/errors.ts";
import type { Level } from "../core/log.ts";
import type { Reason } from "../core/reasons.ts";
import type { AppMetric } from "./apps/app-metrics.ts";
import type { AuthSetup } from "./auth.ts";
import type { Sample } from "./figures.ts";
import type { Backend, FrontGroup, Shortage, TrialOrder, WorkerPace } from "./front-settings.ts";
import type { Casualty, FrontStats, Unawaited } from "./front-stats.ts";
import type { ActiveTold, RefusedTold, SlowTold } from "./requests/requests.ts";
import type { ServerEvent } from "./server-events.ts";
import type {
  AccessLogSetup,
  ConnectionSetup,
  HeadLimits,
  HealthPaths,
  IdentitySetup,
  LimitSetup,
  ListenerSetup,
  ProxyTrust,
  PythonSetup,
  RatesSetup,
  RecorderSetup,
  StatusPageSetup,
  TlsSetup,
  TraceSetup,
  WorkerFiles,
} from "./setups.ts";

export type {
  Backend,
  FrontGroup,
  FrontSettings,
  Shortage,
  TrialOrder,
  WorkerPace,
} from "./front-settings.ts";
export type { Casualty, FrontStats, SideCounts, TrialCounts, Unawaited, WorkerLoad } from "./front-stats.ts";

/** Raised when a message changes its meaning; a child with another number is refused by name. */
export const PROTOCOL = 1;

/** How often a worker says that its event loop turns. */
export const HEARTBEAT_MS = 250;

/** Of the memory in which all front ends count requests: room for a million clients, of 16 bytes each. What nobody has counted in takes none. */
export const RATE_MEMORY_BYTES = 2 ** 24;
/** Among the groups of a front: the process that renders the status page. No group of an operator has a colon in its name. */
export const STATUS_GROUP = "status:page";

/** Makes a worker that is `traceable` say where it stands. Of all signals the one that does nothing where nobody expects it. */
export const STACK_SIGNAL = "SIGURG";

/** How a process writes its stack: with a mark in each line, or as the module faulthandler of Python does. */
export const STACK_WRITINGS = ["marked", "faulthandler"] as const;
export type StackWriting = (typeof STACK_WRITINGS)[number];

/** `metrics`: answers on the port for metrics, and renders the status page. `exporter`: sends traces and metrics to a collector. `notifier`: tells the operator of events. */
export const ROLES = ["front", "worker", "auth", "metrics", "exporter", "notifier"] as const;
export type Role = (typeof ROLES)[number];

/** Step of a start, in order; shown when a start fails. */
export const STEPS = ["spawn", "hello", "configure", "load", "listen", "ready"] as const;
export type Step = (typeof STEPS)[number];

/** What kind of app was recognised, in words for the banner. */
export const APP_KINDS = [
  "fetch",
  "function",
  "node handler",
  "listening program",
  "WSGI",
  "welcome page",
  "service",
] as const;
export type AppKind = (typeof APP_KINDS)[number];

/** What can be asked about: what the port for metrics tells, what the status page shows, the configuration in force. */
export const SUBJECTS = ["figures", "picture", "configuration"] as const;
export type Subject = (typeof SUBJECTS)[number];

/** What can be done on the status page. */
export const DEEDS = ["restart", "drain", "stack", "pause", "resume", "reload"] as const;
export type Deed = (typeof DEEDS)[number];

/** `worker`: the number of its place; without one, all. `group`: its name; without one, all. */
export type DeedRequest = { deed: Deed; worker?: number; group?: string };

/** What became of it: a sentence, and what there is to show below it. */
export type DeedOutcome = { is: "done" | "failed" | "forbidden"; text: string; lines: string[] };

export type FromChild =
  | { type: "hello"; protocol: number; role: Role; pid: number; version: string }
  | { type: "step"; step: Step }
  | {
      type: "ready";
      kind?: AppKind;
      url?: string;
      port?: number;
      /** Of a worker, its limits and identity, of a front its limits, as read back from the system. */
      limits?: Record<string, number | string>;
      /** From a worker: its socket takes HTTP/2 by prior knowledge beside HTTP/1.1. */
      http2?: boolean;
      /** From a worker: it says 100 itself, once its app wants the body of a request that waits for that. */
      saysContinue?: boolean;
      /** From a worker: the app's file that it has loaded, with every symbolic link resolved; as the worker sees it. */
      app?: string;
    }
  | { type: "failed"; cause: string; facts: Record<string, string | number>; step: Step; detail?: string }
  /** From a worker whose app has been loaded: the error that it is if the start goes no further; without one it goes on. */
  | { type: "awaits"; cause?: string; facts?: Record<string, string | number> }
  /**
   * From workers each HEARTBEAT_MS, from fronts each second. From workers: by how much it comes too late, requests not
   * answered yet, the sum of their ages, and requests ever begun. `heapBytes`: what JavaScript's objects take.
   */
  | {
      type: "heartbeat";
      lagMs?: number;
      active?: number;
      ageSumMs?: number;
      requests?: number;
      heapBytes?: number | undefined;
    }
  /** From a worker that was told to go by a signal: it waits for `drain`, within the window of that signal. */
  | { type: "leaving"; reason: LeaveReason }
  /**
   * From a worker: STACK_SIGNAL makes it print its stack to stderr, whatever its event loop does: lines that begin with `mark`,
   * 32 hexadecimal digits, the innermost frame first, and one with the mark alone at the end. `writing`: it writes them otherwise, see
   * STACK_WRITINGS.
   */
  | { type: "traceable"; mark: string; writing?: StackWriting }
  /** The app has called process.exit. Without it, an end with a code is an error that nobody caught. */
  | { type: "exits"; code: number }
  /**
   * From a worker that was told to watch: the files that its app has loaded so far, all of them each time. `missing`:
   * paths at which a file that could not be found would have been.
   */
  | { type: "modules"; files: string[]; missing: string[] }
  | { type: "stats"; stats: FrontStats }
  /** From a front each second: all that it has counted since its start. */
  | { type: "figures"; samples: Sample[] }
  /** From a front, the answer to the `list` with this id: its requests under way, the oldest first; `total`: how many it has. */
  | { type: "requests"; id: number; requests: ActiveTold[]; total: number }
  /** From a front each second, where there is something: what it has answered itself, and what was slow; not all of many. */
  | { type: "notable"; refused: RefusedTold[]; slow: SlowTold[] }
  /**
   * From a worker, the answer to the `examine` with this id: how large the file is, or what was asked for, or why there is none.
   * `total`: of all samples, or objects. `counts`: of each function, or kind of object, the most frequent first.
   */
  | {
      type: "examined";
      id: number;
      bytes?: number;
      reason?: string;
      figures?: Record<string, number>;
      total?: number;
      counts?: [name: string, count: number][];
    }
  /** From a worker at most each second: all that its app has counted itself since its start. */
  | { type: "counted"; metrics: AppMetric[] }
  /** From a front: requests of this group wait. */
  | ({ type: "pressure"; group: string } & Shortage)
  /** From those that tell others, `metrics` and `exporter`: how are things? */
  | { type: "ask"; id: number; about: Subject }
  /** From the one that renders the status page: somebody there has shown this token, and wants that. `client`: its address. */
  | { type: "act"; id: number; token: string; client: string; request: DeedRequest }
  /** From a front: what is told of so many requests (link/traces). */
  | { type: "spans"; text: string; count: number }
  /** From the exporter: the `spans` with this id are its affair now. */
  | { type: "taken"; id: number }
  /** From a front that was told to retire: nothing of any client is on it, and no connection waits to be accepted. */
  | { type: "quiet" }
  /** From a front that was told to drain: its listener is closed. */
  | { type: "closed" }
  /** The answer to the `steer` with this id; `reason`: why the kernel would not. */
  | { type: "steered"; id: number; reason?: string }
  /**
   * From a front, once, after a worker left the `backends` list (`hasLeft`): the requests that ended with it. Before that,
   * each time this front has ended requests that ran there. `cut`: those that got no answer although it had left the list.
   * `hasAnswered`: it has answered some request of this front in its life. `isUnclear`: something else may have ended it, a
   * WebSocket, or a request whose client had left a moment before. `unawaited`: those that were over for their clients without an
   * answer of the worker, not all of many.
   */
  | {
      type: "lost";
      socket: string;
      pid: number;
      requests: Casualty[];
      unawaited?: Unawaited[];
      count: number;
      /** WebSockets that were cut. */
      tunnels?: number;
      cut?: number;
      hasAnswered?: boolean;
      isUnclear?: boolean;
      hasLeft: boolean;
    }
  /** From a front that was told to drain, when its time is over: how many requests it ends. */
  | { type: "cut"; count: number }
  | { type: "log"; level: Level; text: string; fields?: Record<string, string | number> }
  /** What it had to finish is done: from now on a worker runs the app's own shutdown code, and a front sends last bytes. */
  | { type: "drained" }
  | { type: "bye"; reason: string };

export type ToChild =
  | { type: "configure"; worker: WorkerSetup }
  | { type: "configure"; front: FrontSetup }
  | { type: "configure"; auth: AuthSetup }
  | { type: "configure"; metrics: MetricsSetup }
  | { type: "configure"; exporter: ExporterSetup }
  | { type: "configure"; notifier: NotifierSetup }
  /** To the notifier: something has happened. */
  | { type: "event"; event: ServerEvent }
  /** To the exporter: what a front has told of so many requests. */
  | { type: "spans"; id: number; text: string; count: number }
  /** The answer to the `ask` with this id; control/picture has what it holds for each subject. */
  | { type: "told"; id: number; about: Subject; answer: object }
  /** The answer to the `act` with this id. */
  | { type: "acted"; id: number; outcome: DeedOutcome }
  /** Replaces the list before, the groups whose requests are to wait, and what is tried out; absent for nothing. */
  | { type: "backends"; backends: Backend[]; paused: string[]; trial?: TrialOrder }
  /**
   * To a front: new connections go to these listeners of the port only, numbered in the order in which they were bound;
   * an empty list ends that. `id`: tells the answer from that to an earlier one, which may come late.
   */
  | { type: "steer"; id: number; listeners: number[] }
  /** To a front that was to wait for it: take clients from the sockets that all fronts share, too. */
  | { type: "accept" }
  /**
   * To a front: another one has taken over. It takes no more from what all fronts share. Every answer ends its connection; the port stays open for what was on its
   * way. Requests have `withinMs` on a worker to be answered, and idle connections to be used; answers that have begun
   * and WebSockets have `streamsWithinMs`. What waits keeps its own time, at most `queueWithinMs`. Then, or before, it is
   * `quiet`.
   */
  | { type: "retire"; withinMs: number; streamsWithinMs: number; queueWithinMs: number }
  /** To a front: answer what runs on this worker with this cause, and give it nothing more. */
  | { type: "condemn"; socket: string; cause: Cause; sparesStreams: boolean }
  /** To a front: workers whose loops do not turn, and for how long; replaces the list before. */
  | { type: "loops"; stalled: { socket: string; forMs: number }[] }
  /** To a front: of workers whose limits fronts find by themselves, what they cannot see. */
  | { type: "paces"; workers: WorkerPace[] }
  /** To a front: the requests that reach no worker for now; replaces the list before. */
  | { type: "poisons"; requests: PoisonousRequest[] }
  /** To a front: which requests are under way, with a `socket` on that worker? So many at most are told. */
  | { type: "list"; id: number; most: number; socket?: string }
  /** To a front: gw is about to stop. Serve on, and let health checks hear that it is not ready. */
  | { type: "lameDuck" }
  /** To a worker that wants to leave: that is known; serve on until `drain` comes. */
  | { type: "stay" }
  /** To a worker: write a new file with a profile of `forMs`, or with a picture of the heap. */
  | { type: "examine"; id: number; what: "profile" | "heap"; forMs: number; path: string }
  /** To a worker: answer with what memory you take, where your time goes for `forMs`, or what is on your heap. */
  | { type: "examine"; id: number; what: "figures" | "samples" | "objects"; forMs: number }
  /**
   * To a worker that gets no new clients from now on: requests have `withinMs` to be answered, answers that have begun and
   * WebSockets `streamsWithinMs`. `drain` comes when nothing is left, or the time is over.
   */
  | { type: "withdrawn"; reason: Reason; withinMs: number; streamsWithinMs: number }
  /** Finish what is there, and leave. `isUrgent`: without the app's own shutdown code. */
  | { type: "drain"; withinMs: number; isUrgent?: boolean };

/** Why a worker leaves on its own. */
export const LEAVE_REASONS = ["shutdown_signal", "eviction_signal", "cpu_time_limit"] as const;
export type LeaveReason = (typeof LEAVE_REASONS)[number];

/** All requests with this method and this path, whatever their queries; the path as clients write it. */
export type PoisonousRequest = { group: string; method: string; path: string };

/** What a worker must know to start; nothing else of the settings crosses the border. */
export type WorkerSetup = {
  slot: number;
  generation: number;
  group: string;
  /** Behind a front: a private UNIX socket. Embedded mode: the public port, and no front at all. A service: nowhere. */
  listen: { unix: string; token: string; mode?: number } | { host: string; port: number } | null;
  /** Connections that may wait there to be accepted. */
  backlog: number;
  /** Path below which the app sits, as clients see it; taken off before the app sees it. "/" for none. */
  mount: string;
  /** Tell which files the app has loaded. */
  tellsModules: boolean;
  /** Absolute path of the app's file, or null for the welcome page. */
  app: string | null;
  callableObject: string;
  /** What the app is to find as process.argv[1], where that is not its file: the link by which it was called. */
  script?: string;
  /** The further words of process.argv. */
  arguments: string[];
  /** Modules to be loaded before the app: paths, or names of packages, as seen from `home`. */
  preloads: string[];
  /** Where clients reach the front, for apps that ask their server for its address. */
  publicHost: string;
  publicPort: number;
  /** The port on which the app listens among others; absent when gw is to tell by itself. */
  appPort?: number;
  limitRequestBodyBytes: number;
  evictionTimeoutMs: number;
  gracefulTimeoutMs: number;
  shutdownTimeoutMs: number;
  limits: LimitSetup;
  identity: IdentitySetup;
  /** Where the worker stands when the app is loaded; as the worker sees it, when there is a `chroot`. */
  home: string;
  /** Files of variables for the app, the strongest last; null for those that are found in `home`. */
  envFiles: string[] | null;
  /** Of the random source; absent for a new one at each start. */
  hashSeed?: number;
  /** What the app's console prints bears the id of the request that it belongs to; see link/marked-lines. */
  marksLines?: boolean;
  /** How programs start the runtime that the worker runs on; absent where process.execPath is that. */
  runtime?: string;
  /** An inspector listens before the app is loaded. */
  inspects?: boolean;
  /** The field in which fronts name the user; absent where nobody is asked who he is. */
  userField?: string;
  /** What becomes of answers that name a file; absent where that means nothing. */
  files?: WorkerFiles;
  /** The scheme that apps are shown, whatever clients used. */
  scheme?: "http" | "https";
  /** For a worker in Python. */
  python?: PythonSetup;
};

/** What a front must know to start. Sizes in bytes, times in milliseconds. */
export type FrontSetup = {
  slot: number;
  /** By which clients know gw, who do not say it themselves. */
  host: string;
  /** The same of HTTP without TLS; absent when only TLS is spoken. */
  port?: number;
  /** Where clients come in. */
  listeners: ListenerSetup[];
  connections: ConnectionSetup;
  heads: HeadLimits;
  /** Where any group has rates. */
  rates?: RatesSetup;
  /** How TLS is spoken, where it is. */
  tls?: TlsSetup;
  /** Each connection begins with a preface of the PROXY protocol, which `proxies` send within this time. */
  prefaceTimeoutMs?: number;
  /** Clients of the plain port are sent to HTTPS. */
  httpsOnly?: boolean;
  /** Strict-Transport-Security of all answers over TLS. */
  hstsPolicy?: string;
  /** Connections of clients at once; absent: as many as there are descriptors for. */
  maxClients?: number;
  /** From one address; absent: no such limit. */
  maxClientsPerAddress?: number;
  /** Connections that may wait there to be accepted. */
  backlog: number;
  /** Requests for hosts that no group names go here. */
  defaultGroup?: string;
  groups: FrontGroup[];
  /** Whom to believe what they say of clients; absent: nobody. */
  proxies?: ProxyTrust;
  /** Taken on after the port is bound. */
  identity: IdentitySetup;
  /** Lines go to standard output; absent: there are none. */
  accessLog?: AccessLogSetup;
  /** Absent: none are kept. */
  recorder?: RecorderSetup;
  /** Absent where no path is named. */
  healthPaths?: HealthPaths;
  /** Absent where no traces are kept: what clients say of theirs is handed on as it is. */
  traces?: TraceSetup;
  /** Absent where there is none. */
  statusPage?: StatusPageSetup;
  /**
   * Others have the port and serve until this one is ready: it has the time to warm up before, and takes no client from a
   * socket that it shares with them until it is told to `accept`.
   */
  warmsUp?: boolean;
};

/** What the one that tells others must know to start. */
export type MetricsSetup = {
  /** The port for metrics; absent when there is none. */
  port?: { host: string; port: number };
  /** The status page; absent when there is none. Front ends lead clients to the socket. */
  page?: { path: string; unix: string; token: string };
  /** Taken on after the port is bound. */
  identity: IdentitySetup;
};

/** What the notifier must know to start. Times in milliseconds. */
export type NotifierSetup = {
  /** A line for the shell, or a URL; see isUrl of link/server-events. */
  target: string;
  /** For one event. */
  deadlineMs: number;
  /** Where the shell finds programs. */
  path: string;
  identity: IdentitySetup;
};

/** What the exporter must know to start. */
export type ExporterSetup = {
  /** URL of the collector, without the paths of OTLP. */
  endpoint: string;
  /** How often metrics are sent, in milliseconds; absent: never. */
  metricsEveryMs?: number;
  /** By what this gw is told from others. */
  instance: string;
  identity: IdentitySetup;
};
