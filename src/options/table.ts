// The declaration: every option of gw, once. Flag, environment variable, key of the configuration file, schema,
// help, docs/options.md and the type `Settings` are computed from these rows; a row may not override them.

import { choice, count, duration, type Kind, onOff, path, size, text } from "./kinds.ts";

export const GROUPS = [
  "What to serve",
  "Network",
  "Processes",
  "Queue and timeouts",
  "Limits",
  "Logs",
] as const;
export type Group = (typeof GROUPS)[number];

export type Row = {
  kind: Kind<unknown>;
  /** The value when nobody gives one. */
  default?: unknown;
  /** Instead of a default: how the value follows from others, in words; `resolve` computes it. */
  derived?: string;
  group: Group;
  /** One line of help, without a final full stop. */
  summary: string;
  /** More for the docs page: full sentences. */
  details?: string;
  /** The process that acts on it. */
  reach: "supervisor" | "front" | "worker";
  /** What a changed value needs: nothing, new workers, or a new start of gw. */
  change: "live" | "workers" | "restart";
  since: string;
  alias?: string;
  /** Also given as the first bare word of the command line. */
  positional?: true;
  /** False where a configuration file cannot sensibly set it. */
  inFile?: false;
};

const host = text({
  placeholder: "ADDRESS",
  accepts: "an IP address or a host name, without scheme and port",
  read: (value) => /^(?:\[([0-9A-Fa-f:.%\w]+)\]|([0-9A-Za-z:._%-]+))$/.exec(value)?.slice(1).find(Boolean),
});

const exportName = text({
  placeholder: "NAME",
  accepts: "the name of an export, for example default or app",
  read: (value) => (/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(value) ? value : undefined),
});

export const OPTIONS = {
  app: {
    kind: path("FILE"),
    group: "What to serve",
    summary: "The app's file; without one, a welcome page",
    details:
      "The file exports `default { fetch(request) }`, a function or a node-style handler, or it starts a server by itself.",
    reach: "worker",
    change: "workers",
    since: "0.1.0",
    positional: true,
  },
  callableObject: {
    kind: exportName,
    default: "default",
    group: "What to serve",
    summary: "Export that answers requests",
    reach: "worker",
    change: "workers",
    since: "0.1.0",
  },
  home: {
    kind: path("DIR"),
    derived: "project of the app",
    group: "What to serve",
    summary: "Working directory",
    details:
      "When not given, it is the nearest directory at or above the app's file that holds a `package.json` or `tsconfig.json`, or else the directory of the file.",
    reach: "worker",
    change: "workers",
    since: "0.1.0",
  },
  config: {
    kind: path("FILE"),
    derived: "beside the app",
    group: "What to serve",
    summary: "Configuration file",
    details:
      "When not given, `gw.config.ts` or `gw.config.json` is looked for beside the app's file, or in the working directory when no app is given.",
    reach: "supervisor",
    change: "restart",
    since: "0.1.0",
    inFile: false,
  },
  host: {
    kind: host,
    default: "0.0.0.0",
    group: "Network",
    summary: "Address to listen on; :: adds IPv6",
    details:
      "`0.0.0.0` is every interface of this machine over IPv4, `::` also over IPv6, `127.0.0.1` only this machine itself.",
    reach: "front",
    change: "restart",
    since: "0.1.0",
  },
  port: {
    kind: count({ min: 0, max: 65535 }),
    default: 8000,
    group: "Network",
    summary: "Port to listen on; 0 picks a free one",
    reach: "front",
    change: "restart",
    since: "0.1.0",
  },
  frontEnds: {
    kind: count({ min: 1, max: 64 }),
    default: 1,
    group: "Network",
    summary: "Front end processes on the port",
    details: "Each gets its share of every worker's concurrency. One is enough until it fills a processor.",
    reach: "supervisor",
    change: "restart",
    since: "0.1.0",
  },
  processes: {
    kind: count({ min: 1, max: 1024 }),
    default: 1,
    group: "Processes",
    summary: "Worker processes that run the app",
    reach: "supervisor",
    change: "live",
    since: "0.1.0",
  },
  concurrency: {
    kind: count({ min: 1, max: 100_000 }),
    default: 100,
    group: "Processes",
    summary: "Requests at once on one worker",
    details: "Further requests wait in the queue. Use 1 for an app that can do only one thing at a time.",
    reach: "front",
    change: "live",
    since: "0.1.0",
    alias: "threads",
  },
  embeddedMode: {
    kind: onOff(),
    default: false,
    group: "Processes",
    summary: "Workers own the port: no front end, no queue",
    details: "The app is still supervised, but nothing stands between it and its clients.",
    reach: "supervisor",
    change: "restart",
    since: "0.1.0",
  },
  serverRoot: {
    kind: path("DIR"),
    derived: "TMPDIR/gw-HOST:PORT:UID",
    group: "Processes",
    summary: "For sockets and state",
    details:
      "A private directory of mode 0700. Its path must be short, because the path of a UNIX socket is: see `gw doctor`. With port 0 the process id stands in for the port.",
    reach: "supervisor",
    change: "restart",
    since: "0.1.0",
  },
  queueTimeout: {
    kind: duration(),
    default: 45_000,
    group: "Queue and timeouts",
    summary: "Wait for a free worker, then 503",
    details:
      "Counted from when the head of the request has been read. The answer has a `Retry-After` field, and the app never sees the request.",
    reach: "front",
    change: "live",
    since: "0.1.0",
  },
  maxQueue: {
    kind: count({ min: 0, max: 1_000_000 }),
    derived: "100 x processes",
    group: "Queue and timeouts",
    summary: "Waiting requests; more get 503",
    reach: "front",
    change: "live",
    since: "0.1.0",
  },
  connectTimeout: {
    kind: duration(),
    default: 15_000,
    group: "Queue and timeouts",
    summary: "Wait while no worker is ready, then 503",
    reach: "front",
    change: "live",
    since: "0.1.0",
  },
  socketTimeout: {
    kind: duration(),
    default: 60_000,
    group: "Queue and timeouts",
    summary: "Silence of a worker, then 504",
    details:
      "The time between two reads or two writes on the connection to the worker. After the head of the response has been sent, the client's connection is cut instead.",
    reach: "front",
    change: "live",
    since: "0.1.0",
  },
  retryRequests: {
    kind: choice("unsent", "idempotent", "never"),
    default: "unsent",
    group: "Queue and timeouts",
    summary: "When another worker may try a request again: unsent, idempotent or never",
    details:
      "`unsent`: only if no byte of it had reached the first worker. `idempotent`: also a GET, HEAD, OPTIONS or TRACE without a body whose worker died before the first byte of its answer, once.",
    reach: "front",
    change: "live",
    since: "0.1.0",
  },
  startupTimeout: {
    kind: duration(),
    default: 15_000,
    group: "Queue and timeouts",
    summary: "Time for the app to become ready",
    reach: "supervisor",
    change: "live",
    since: "0.1.0",
  },
  gracefulTimeout: {
    kind: duration({ min: 0 }),
    default: 15_000,
    group: "Queue and timeouts",
    summary: "Time for requests to finish at a stop",
    details: "gw leaves as soon as the last one has finished. With 0, active requests are cut off.",
    reach: "supervisor",
    change: "live",
    since: "0.1.0",
  },
  shutdownTimeout: {
    kind: duration(),
    default: 5_000,
    group: "Queue and timeouts",
    summary: "Time from SIGTERM to SIGKILL",
    details: "For a process that does not leave when it is told to.",
    reach: "supervisor",
    change: "live",
    since: "0.1.0",
  },
  limitRequestBody: {
    kind: size(),
    default: 10 * 2 ** 20,
    group: "Limits",
    summary: "Largest request body, then 413",
    details: "Holds for bodies of unknown length too. The app does not see a request that announces more.",
    reach: "front",
    change: "live",
    since: "0.1.0",
  },
  headerBufferSize: {
    kind: size({ min: 8 * 2 ** 10, max: 16 * 2 ** 20 }),
    default: 32 * 2 ** 10,
    group: "Limits",
    summary: "Longest line of a response's header",
    details:
      "All lines together may be four times as long. A response with more is answered 502 in its place.",
    reach: "front",
    change: "live",
    since: "0.1.0",
  },
  logLevel: {
    kind: choice("error", "warn", "info", "debug"),
    default: "info",
    group: "Logs",
    summary: "error, warn, info or debug",
    reach: "supervisor",
    change: "live",
    since: "0.1.0",
  },
} as const satisfies Record<string, Row>;

export type Key = keyof typeof OPTIONS;
type Rows = typeof OPTIONS;

type ValueOf<R> = R extends { kind: Kind<infer T> } ? T : never;

/** Keys without a value of their own that need none. */
type Optional = { [K in Key]: Rows[K] extends { default: unknown } ? never : K }[Key];

/** Options that may stay without a value: no app is the welcome page, no file is no file. */
export type Derived = Exclude<Optional, "app" | "config">;

/** Every option with its value: times in milliseconds, sizes in bytes, paths absolute. */
export type Settings = Readonly<
  { [K in Exclude<Key, Optional>]: ValueOf<Rows[K]> } & { [K in Derived]: ValueOf<Rows[K]> } & {
    [K in Exclude<Optional, Derived>]: ValueOf<Rows[K]> | undefined;
  }
>;

export const KEYS = Object.keys(OPTIONS) as Key[];

/** The row of an option in the general form that views and parsers work on. */
export function rowOf(key: Key): Row {
  return OPTIONS[key];
}
