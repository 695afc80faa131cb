// Types of the module gw.

/** An answer with the file at this path, from the app's working directory on. */
export function sendFile(path: string, init?: ResponseInit): Response;

/** What is known of a request. */
export interface RequestInfo {
  /** As in gw's log, in the access log and in gw's own errors. */
  readonly id: string;
  /** Time in gw's queue, in milliseconds. */
  readonly queuedMs: number;
  /** The number of the worker's place. */
  readonly slot: number;
  /** Each reload that succeeds raises it. */
  readonly generation: number;
  /** The group of workers. */
  readonly group: string;
  /** What the client used; undefined in embedded mode. */
  readonly scheme: string | undefined;
  /** Undefined where it is unknown, as with a client on a UNIX socket, and in embedded mode. */
  readonly client: { readonly address: string; readonly port: number } | undefined;
  /** The user whose password or token gw has checked. */
  readonly user: string | undefined;
  /** What TLS has settled; only with `sslEnvironment`, or where clients are asked for certificates. */
  readonly tls:
    | { readonly protocol: string; readonly cipher: string; readonly serverName: string | undefined }
    | undefined;
  /** Of W3C Trace Context: 32 hexadecimal digits. */
  readonly traceId: string | undefined;
}

/** Of the request whose handler has called, or begun what calls now; undefined outside of requests, and without gw. */
export function requestInfo(): RequestInfo | undefined;

export interface Events {
  /** A handler is about to be called. */
  requestStarted: { readonly request: RequestInfo };
  /**
   * By `fetch`: the Response is there, its body may follow. By node:http: the response is closed. `status` is 101 for a
   * WebSocket, and 0 where none was sent.
   */
  requestFinished: { readonly request: RequestInfo; readonly status: number; readonly durationMs: number };
  /** What a handler has thrown, or rejected with; what a framework catches itself is not seen. */
  requestException: { readonly request: RequestInfo | undefined; readonly error: unknown };
  /** No new clients come to this process from now on. Who listens later is called at once. */
  drain: {
    /** A word of gw's reasons, such as `script_reload` or `shutdown_signal`. */
    readonly reason: string;
    /** What has no answer yet may take so long, in milliseconds. */
    readonly requestsWithinMs: number;
    /** Answers that have begun, and WebSockets. */
    readonly streamsWithinMs: number;
  };
  /** The requests are done and the process ends; gw waits for what a listener promises, up to `shutdownTimeout`. */
  stopping: { readonly reason: string };
}

/** Calls the listener each time; answers with what takes it off again. */
export function on<E extends keyof Events>(event: E, listener: (event: Events[E]) => unknown): () => void;

/** A value for each label of the metric. */
export type Labels = Readonly<Record<string, string | number | boolean>>;

export interface MetricOptions {
  /** One sentence for whoever reads the figures. */
  help?: string;
  labels?: readonly string[];
}

export interface Counter {
  /** By 1 unless something else is said; never below nothing. */
  add(by?: number, labels?: Labels): void;
}

export interface Gauge {
  set(to: number, labels?: Labels): void;
  add(by: number, labels?: Labels): void;
}

export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

/** Figures of the app's own, added up over its workers, beside gw's on `metricsPort` and in `gw metrics`. */
export const metrics: {
  /** The name ends in `_total`. */
  counter(name: string, options?: MetricOptions): Counter;
  /** `merge`: what becomes of the values of several workers; their sum unless something else is said. */
  gauge(name: string, options?: MetricOptions & { merge?: "sum" | "max" | "min" }): Gauge;
  /** `buckets`: upper bounds, ascending; seconds from 0.005 to 10 unless something else is said. */
  histogram(name: string, options?: MetricOptions & { buckets?: readonly number[] }): Histogram;
};
