// What a front must know of one group, and of its workers. Sizes in bytes, times in milliseconds. Types only.

import type { AuthRule } from "./auth.ts";
import type {
  AnswerSetup,
  CertificateSetup,
  FilesSetup,
  PaceSettings,
  QueueOrder,
  RateLimit,
  RedirectSetup,
  SizeLimit,
  StickySettings,
} from "./setups.ts";

/** One group of workers as a front sees it. */
export type FrontGroup = {
  name: string;
  /** Path below which the app sits; absent when it is reached by the routes of others only. */
  mount?: string;
  /** The workers get the path without the mount. */
  stripMount: boolean;
  /** Lower-case names, or `*.name` for all below it; empty for any host. */
  hosts: string[];
  /** Paths below the mount whose requests another group takes; `/*` at the end means all below. */
  routes: { pattern: string; group: string }[];
  settings: FrontSettings;
  /** Who may ask it; absent: everybody. */
  auth?: AuthRule;
  /** How many requests one client may send; absent: as many as it likes. */
  rates?: RateLimit[];
  /** Absent: nothing is asked of clients' certificates, and the app learns nothing of the TLS of its clients. */
  certificates?: CertificateSetup;
};

export type FrontSettings = {
  queueTimeoutMs: number;
  maxQueue: number;
  /** Absent: first come, first served. */
  order?: QueueOrder;
  connectTimeoutMs: number;
  socketTimeoutMs: number;
  /** Absent: the socket timeout holds for clients, too, and nothing else. */
  pace?: PaceSettings;
  /** From the whole request being with the worker to the head of its answer; 0 for no limit. */
  requestTimeoutMs: number;
  /** From there on a request whose answer has not begun is told of as slow; absent for none. */
  slowRequestsMs?: number;
  retryRequests: "unsent" | "idempotent" | "never";
  limitRequestBodyBytes: number;
  /** Other limits for some paths, as clients write them; absent for none. */
  bodyLimits?: SizeLimit[];
  headerBufferBytes: number;
  /** Requests to paths that begin so do not count as activity. */
  ignoreActivity: string[];
  sticky?: StickySettings;
  /** Absent where there are none. */
  files?: FilesSetup;
  redirects?: RedirectSetup;
  /** Absent where nothing is said of them. */
  answers?: AnswerSetup;
  /** Workers may hand over open files instead of sending their bytes. */
  takesFiles?: boolean;
  /** A wait that is told as `pressure`; absent when the number of workers is fixed. */
  scaleUpWaitMs?: number;
};

/** A worker as the fronts see it. A worker that is not listed takes no new request. */
export type Backend = {
  /** Number of the supervisor's slot; a slot's next worker has another `socket`. */
  slot: number;
  pid: number;
  generation: number;
  /** Whose requests it takes. */
  group: string;
  /** Path of the worker's UNIX socket. */
  socket: string;
  /** Shown with every request, so that nobody else can speak for the front. */
  token: string;
  /** Most requests that this front may have on the worker at once. */
  capacity: number;
  /**
   * The front is to find by itself how many do good, from `least` to `capacity`; absent: it is `capacity`. `fronts`: so many
   * give the worker requests, this one among them.
   */
  adapts?: { least: number; fronts: number };
  /** A request has its place until it is over, whoever is waited for: the worker has a thread for each, or may have one at once. */
  keepsPlaces?: true;
  /** False: nothing new goes there, what runs may finish. */
  accepting: boolean;
  /** Its socket takes HTTP/2 by prior knowledge beside HTTP/1.1. */
  http2?: boolean;
  /** It says 100 once its app wants the body of a request whose client waits for that; absent: the front says it. */
  saysContinue?: boolean;
  /** It is to be told which protocol each client speaks. */
  tellsProtocol?: boolean;
  /** It runs hooks, and takes questions about requests (link/auth) instead of requests. */
  isAuth?: boolean;
};

/** So many of a hundred requests go to the workers of this generation, which is tried out. */
export type TrialOrder = { generation: number; percent: number };

/** Requests of a group wait, because there is no worker, or too few. */
export type Shortage = {
  /** How long the first one has waited. */
  waitedMs: number;
  /** The socket of the worker that the front has heard of last; a later one may be on its way to it. */
  newest?: string;
};

/** Of a worker whose limit fronts find by themselves. */
export type WorkerPace = {
  socket: string;
  /** By how much its loop has come too late since the last of these. */
  lagMs: number;
  /** How soon it answers without a queue, on the mean of what all fronts have found; absent where there is but one. */
  freeMs?: number;
  /** All fronts are to measure that now. */
  measure?: true;
};
