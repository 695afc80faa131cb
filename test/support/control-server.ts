// A real control socket in a directory of its own, over a supervisor that does what the test says.
import { type ControlAnswer, call } from "../../src/control/client.ts";
import type { ControlRequest } from "../../src/control/commands.ts";
import type { Controls } from "../../src/control/controls.ts";
import type { Explained, Reloaded, Upgraded } from "../../src/control/results.ts";
import { ControlServer } from "../../src/control/server.ts";
import type { GroupStatus, Status } from "../../src/control/status.ts";
import { Tail } from "../../src/control/tail.ts";
import { systemClock } from "../../src/core/clock.ts";
import { captureLog } from "./capture-log.ts";
import { makeTempDir } from "./temp-dir.ts";

export const GROUP: GroupStatus = {
  name: "default",
  kind: "app",
  state: "serving",
  generation: 1,
  processes: { min: 1, max: 1, wanted: 1 },
  concurrency: { min: 100, max: 100 },
  mount: "/",
  hosts: [],
  pausedUntil: null,
  sticky: null,
  poisons: [],
  drained: [],
  queueLength: 0,
  workers: [],
};

export const STATUS: Status = {
  version: "1.2.3",
  pid: 4711,
  uptimeSeconds: 65,
  state: "serving",
  port: 8000,
  urls: ["http://localhost:8000/"],
  serverRoot: "/tmp/gw-0.0.0.0:8000:1000",
  generation: 1,
  generations: [],
  trial: null,
  refused: null,
  previous: null,
  certificates: [],
  refusedCertificate: null,
  fronts: [
    { slot: 1, pid: 4712, state: "ready", clients: 3, maxClients: 9950, limits: { serverBacklog: 500 } },
  ],
  groups: [GROUP],
  restarts: {},
  lastRestart: null,
  troubles: [],
};

export const UPGRADED: Upgraded = {
  ...{ version: "0.2.0", previousVersion: "0.1.0", pid: 9, previousPid: 5 },
  ...{ generation: 3, workers: 2, tookMs: 900, left: { requests: 0, streams: 0, tunnels: 0 } },
};

export const RELOADED: Reloaded = {
  generation: 2,
  previous: 1,
  workers: 2,
  hasNewFronts: false,
  tookMs: 412.3,
  left: { requests: 0, streams: 0, tunnels: 0 },
};

export const EXPLAINED: Explained = {
  now: "2026-11-29T03:00:00.000Z",
  startedAt: "2026-11-29T02:00:00.000Z",
  hasFronts: true,
  records: { ends: [], reloads: [], refusals: [], refused: [], slow: [], spells: [] },
  active: [],
  slowAfterMs: {},
};

export type TestServer = {
  serverRoot: string;
  path: string;
  tail: Tail;
  server: ControlServer;
  /** What the supervisor was asked. */
  asked: string[];
  ask(request: ControlRequest, onItem?: (item: unknown) => void): Promise<ControlAnswer>;
  [Symbol.asyncDispose](): Promise<void>;
};

const LEVELS = {
  supervisor: "info",
  front: "info",
  worker: "info",
  app: "info",
  auth: "info",
  metrics: "info",
  exporter: "info",
  notifier: "info",
} as const;

/** `serverRoot` defaults to a temporary directory. */
export function openTestServer(given: Partial<Controls> = {}, serverRoot?: string): TestServer {
  const temp = serverRoot === undefined ? makeTempDir() : undefined;
  const root = serverRoot ?? temp?.path ?? "";
  const asked: string[] = [];
  const tail = given.tail ?? new Tail();
  const note = async <T>(what: string, result: T): Promise<T> => {
    asked.push(what);
    return result;
  };
  const controls: Controls = {
    status: () => STATUS,
    metrics: () => ({ text: "gw_generation 1\n", samples: [] }),
    explain: ({ subject = "everything" }) => note(`why ${subject}`, EXPLAINED),
    evidence: (name) => note(`evidence ${name}`, { directory: "/evidence", files: [] }),
    listRequests: ({ most = 100 }) => note(`list ${most}`, { requests: [], total: 0 }),
    statusToken: () => ({ token: "word", path: "/server-status" }),
    stop: (how) => void asked.push(`stop ${how}`),
    cut: 0,
    restart: async () => ({ restarted: 0 }),
    restartFronts: () => note("restart the fronts", RELOADED),
    reload: ({ wait, percent }) =>
      note(`reload${wait ? " and wait" : ""}${percent === undefined ? "" : ` with ${percent} %`}`, RELOADED),
    rollback: (waits) => note(waits ? "rollback and wait" : "rollback", RELOADED),
    upgrade: ({ file }) => note(`upgrade ${file}`, UPGRADED),
    scale: (group = "default", to) => note(`scale ${group} to ${to}`, { group, from: 1, to }),
    drain: (worker) => note(`drain ${worker}`, { worker, pid: 5, cut: { requests: 0, tunnels: 0 } }),
    stack: (worker) => note(`stack ${worker}`, { worker, pid: 5, frames: ["fetch (/app.ts:1:2)"] }),
    profile: (worker, forMs) =>
      note(`profile ${worker} for ${forMs}`, { worker, pid: 5, path: "/a", bytes: 9 }),
    heap: (worker) => note(`heap ${worker}`, { worker, pid: 5, path: "/a", bytes: 9 }),
    pause: (group, forMs) => note(`pause ${group} for ${forMs}`, { groups: [group ?? "default"], until: {} }),
    resume: (group) => note(`resume ${group}`, { groups: [group ?? "default"], ranOut: {} }),
    tail,
    setLogLevel: ({ level = "info" }) => {
      asked.push(`log level ${level}`);
      return { levels: LEVELS };
    },
    ...given,
  };
  const { log } = captureLog();
  const server = new ControlServer({
    serverRoot: root,
    pid: 4711,
    version: "1.2.3",
    clock: systemClock,
    log,
    controls,
  });
  const path = `${root}/control.sock`;
  return {
    serverRoot: root,
    path,
    tail,
    server,
    asked,
    ask: (request, onItem) =>
      call({ path, request, clock: systemClock, answerWithinMs: 5_000, ...(onItem && { onItem }) }),
    async [Symbol.asyncDispose]() {
      await server.close();
      temp?.[Symbol.dispose]();
    },
  };
}
