// A real control socket in a directory of its own, over a supervisor that does what the test says.
import { type Answer, call } from "../../src/control/client.ts";
import type { Request } from "../../src/control/commands.ts";
import { ControlServer, type Controls } from "../../src/control/server.ts";
import type { Status } from "../../src/control/status.ts";
import { Tail } from "../../src/control/tail.ts";
import { systemClock } from "../../src/core/clock.ts";
import { captureLog } from "./capture-log.ts";
import { makeTempDir } from "./temp-dir.ts";

export const STATUS: Status = {
  version: "1.2.3",
  pid: 4711,
  uptimeSeconds: 65,
  state: "serving",
  port: 8000,
  urls: ["http://localhost:8000/"],
  serverRoot: "/tmp/gw-0.0.0.0:8000:1000",
  fronts: [{ slot: 1, pid: 4712, state: "ready" }],
  groups: [{ name: "default", generation: 1, queueLength: 0, workers: [] }],
  restarts: {},
  lastRestart: null,
  troubles: [],
};

export type TestServer = {
  serverRoot: string;
  path: string;
  tail: Tail;
  server: ControlServer;
  /** What the supervisor was asked. */
  asked: string[];
  ask(request: Request, onItem?: (item: unknown) => void): Promise<Answer>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** `serverRoot` defaults to a temporary directory. */
export function openTestServer(given: Partial<Controls> = {}, serverRoot?: string): TestServer {
  const temp = makeTempDir();
  const root = serverRoot ?? temp.path;
  const asked: string[] = [];
  const tail = given.tail ?? new Tail();
  const controls: Controls = {
    status: () => STATUS,
    stop: (how) => void asked.push(`stop ${how}`),
    restart: async () => ({ restarted: 0 }),
    tail,
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
      temp[Symbol.dispose]();
    },
  };
}
