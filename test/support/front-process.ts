// The front role as a real child process, with the test in the supervisor's place: it speaks the life channel and keeps
// what it hears. From source, or from the binary that GW_BIN names. `await using` ends it.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Cause } from "../../src/core/errors.ts";
import { FIELDS_MOST, HEAD_BYTES_MOST, LINE_BYTES_MOST } from "../../src/core/requests/head-bounds.ts";
import type {
  Backend,
  FromChild,
  FrontGroup,
  FrontSettings,
  FrontStats,
  ToChild,
} from "../../src/link/messages.ts";
import type { TlsSetup } from "../../src/link/setups.ts";
import { THREADS } from "../../src/supervisor/child/child-setup.ts";
import { connectRaw, type RawClient } from "./raw-http.ts";
import { Watch } from "./watch.ts";

const ROOT = resolve(import.meta.dir, "../..");

export type LogMessage = Extract<FromChild, { type: "log" }>;

export type FrontProcess = {
  pid: number;
  port: number;
  /** All messages so far, in order. */
  messages(): FromChild[];
  /** Waits for the first message that meets the condition. */
  heard<T extends FromChild>(isIt: (message: FromChild) => message is T): Promise<T>;
  logs(): LogMessage[];
  /** Waits for the log line of a refusal or a cut with this id. */
  untilLogged(id: string): Promise<LogMessage>;
  /** Waits for a log line with this cause. */
  untilCause(cause: string): Promise<LogMessage>;
  /** Waits for a report that meets the condition; only reports from now on count. */
  untilStats(isIt: (stats: FrontStats) => boolean): Promise<FrontStats>;
  setBackends(...backends: Backend[]): void;
  /** The same list, with the requests of these groups held back. */
  setPaused(paused: string[], ...backends: Backend[]): void;
  condemn(socket: string, cause: Cause, options?: { sparesStreams: boolean }): void;
  /** Waits for the answer; throws when the kernel refused. */
  steer(...listeners: number[]): Promise<void>;
  retire(options?: { withinMs?: number; streamsWithinMs?: number; queueWithinMs?: number }): void;
  /** Waits until it says that it is quiet; only what it says from now on counts. */
  untilQuiet(): Promise<void>;
  drain(withinMs?: number): void;
  /** Closes the supervisor's end of the life channel. */
  hangUp(): void;
  connect(): Promise<RawClient>;
  rssBytes(): number;
  exited: Promise<number>;
  [Symbol.asyncDispose](): Promise<void>;
};

export const SETTINGS: FrontSettings = {
  queueTimeoutMs: 45_000,
  maxQueue: 100,
  connectTimeoutMs: 15_000,
  socketTimeoutMs: 60_000,
  requestTimeoutMs: 60_000,
  ignoreActivity: [],
  retryRequests: "unsent",
  limitRequestBodyBytes: 10 * 1024 * 1024,
  headerBufferBytes: 32_768,
};

/** A group that takes all requests below its mount. */
export function anyHost(name: string, settings = SETTINGS, mount = "/"): FrontGroup {
  return { name, mount, stripMount: true, hosts: [], routes: [], settings };
}

export const isA =
  <T extends FromChild["type"]>(type: T) =>
  (message: FromChild): message is Extract<FromChild, { type: T }> =>
    message.type === type;

/** Starts a front on a free port and waits until it is ready. `backends` are announced at once. */
export async function startFront(
  options: Partial<FrontSettings> & {
    port?: number;
    groups?: FrontGroup[];
    defaultGroup?: string;
    warmsUp?: boolean;
    /** Only HTTPS is served then. */
    tls?: TlsSetup;
  } = {},
  ...backends: Backend[]
): Promise<FrontProcess> {
  const messages: FromChild[] = [];
  const watch = new Watch();
  const child = Bun.spawn([...command(), "__front"], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...THREADS },
    serialization: "json",
    ipc(message: FromChild) {
      messages.push(message);
      watch.tell();
    },
  });
  const say = (message: ToChild) => child.send(message);
  const front = frontOver(child, say, messages, watch, options.tls !== undefined);
  try {
    await front.heard(isA("hello"));
    const { port = 0, groups, defaultGroup, warmsUp = false, tls, ...given } = options;
    const settings = { ...SETTINGS, ...given };
    say({
      type: "configure",
      front: {
        slot: 1,
        host: "127.0.0.1",
        ...(tls ? { tls } : { port }),
        listeners: [{ host: "127.0.0.1", port, isTls: tls !== undefined }],
        heads: { lineBytes: LINE_BYTES_MOST, fieldBytes: HEAD_BYTES_MOST, fields: FIELDS_MOST },
        connections: { keepAliveMs: 75_000, headTimeoutMs: 10_000 },
        backlog: 500,
        groups: groups ?? [anyHost("default", settings)],
        ...(defaultGroup !== undefined && { defaultGroup }),
        identity: {},
        warmsUp,
      },
    });
    const ready = await front.heard((message) => message.type === "ready" || message.type === "failed");
    if (ready.type !== "ready") throw new Error(`the front did not start: ${JSON.stringify(ready)}`);
    front.port = ready.port ?? 0;
    if (backends.length > 0) front.setBackends(...backends);
  } catch (error) {
    await front[Symbol.asyncDispose]();
    throw error;
  }
  return front;
}

function command(): string[] {
  const named = process.env.GW_BIN;
  return named ? [resolve(named)] : [`${ROOT}/node_modules/.bin/bun`, `${ROOT}/src/main.ts`];
}

function frontOver(
  child: Bun.Subprocess,
  say: (message: ToChild) => void,
  messages: FromChild[],
  watch: Watch,
  tls: boolean,
): FrontProcess {
  const logs = () => messages.filter(isA("log"));
  const heard = logsShown(messages);
  const nextOf = <T extends FromChild["type"]>(type: T) => {
    const from = messages.length;
    return watch.until(() => messages.slice(from).find(isA(type)), heard(type));
  };
  const front: FrontProcess = {
    pid: child.pid,
    port: 0,
    messages: () => messages,
    heard: (isIt) => watch.until(() => messages.find(isIt), heard("a message")) as never,
    logs,
    untilLogged: (id) =>
      watch.until(() => logs().find((line) => line.fields?.id === id), heard(`a log line of ${id}`)),
    untilCause: (cause) =>
      watch.until(() => logs().find((line) => line.fields?.cause === cause), heard(`cause ${cause}`)),
    untilStats(isIt) {
      const from = messages.length;
      return watch.until(
        () =>
          messages
            .slice(from)
            .filter(isA("stats"))
            .map(({ stats }) => stats)
            .find(isIt),
        heard("a report of statistics"),
      );
    },
    setBackends: (...backends) => say({ type: "backends", backends, paused: [] }),
    setPaused: (paused, ...backends) => say({ type: "backends", backends, paused }),
    condemn: (socket, cause, { sparesStreams } = { sparesStreams: false }) =>
      say({ type: "condemn", socket, cause, sparesStreams }),
    async steer(...listeners) {
      const next = nextOf("steered");
      say({ type: "steer", id: 1, listeners });
      const { reason } = await next;
      if (reason !== undefined) throw new Error(`the kernel would not steer: ${reason}`);
    },
    retire: ({ withinMs = 10_000, streamsWithinMs = 10_000, queueWithinMs = 0 } = {}) =>
      say({ type: "retire", withinMs, streamsWithinMs, queueWithinMs }),
    async untilQuiet() {
      await nextOf("quiet");
    },
    drain: (withinMs = 10_000) => say({ type: "drain", withinMs }),
    hangUp: () => child.disconnect(),
    connect: () => connectRaw({ port: front.port, tls }),
    rssBytes: () => rssOf(child.pid),
    exited: child.exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
  return front;
}

const logsShown = (messages: FromChild[]) => (what: string) => () =>
  `${what}; heard last:\n${messages
    .slice(-20)
    .map((message) => JSON.stringify(message))
    .join("\n")}`;

function rssOf(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1]) * 1024;
}
