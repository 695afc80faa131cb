// The worker role as a real child process, run from source, with the test in the supervisor's and the front's place: it
// speaks the life channel and raw HTTP on the worker's socket. Every wait is for a condition; `await using` ends it.
import { dirname, join, resolve } from "node:path";
import { VERSION } from "../../src/core/version.ts";
import { encodeVisit, VISIT_HEADER } from "../../src/http/reserved.ts";
import type { LaunchSetup } from "../../src/link/launch/launching.ts";
import type { FromChild, ToChild, WorkerSetup } from "../../src/link/messages.ts";
import type { PythonSetup } from "../../src/link/setups.ts";
import type { WorkerKind } from "../../src/options/declare/worker-kinds.ts";
import { bounded, eventually } from "./gw.ts";
import { connectRaw, type RawClient } from "./raw-http.ts";
import { makeTempDir } from "./temp-dir.ts";

export const ROOT = resolve(import.meta.dir, "../..");
export const APPS = join(ROOT, "test/apps");
export const TOKEN = "token-of-this-test";

const WITHIN_MS = 30_000;

/**
 * An interpreter of Python that is new enough to run a worker; undefined where there is none. The system's own can be started by
 * every user; a name on PATH may be a script that looks for one.
 */
export const PYTHON = findPython();

function findPython(): string | undefined {
  const asked = "import sys; print(sys.executable) if sys.version_info >= (3, 9) else sys.exit(1)";
  for (const name of ["/usr/bin/python3", "python3"]) {
    const found = Bun.which(name) === null ? undefined : Bun.spawnSync([name, "-c", asked]);
    if (found?.exitCode === 0) return found.stdout.toString().trim();
  }
  return undefined;
}

type Message<T extends FromChild["type"]> = Extract<FromChild, { type: T }>;

export type WorkerProcess = {
  pid: number;
  socket: string;
  /** All messages so far, heartbeats left out. */
  messages(): FromChild[];
  /** Waits for the first message of this type; rejects when the worker ends without one. */
  heard<T extends FromChild["type"]>(type: T): Promise<Message<T>>;
  /** Waits until what it has said so far fulfils a condition. */
  heardAlso(isThere: () => boolean): Promise<void>;
  say(message: ToChild): void;
  signal(name: NodeJS.Signals): void;
  /** Closes the supervisor's end of the life channel. */
  hangUp(): void;
  stdout(): string;
  /** Waits until it has printed exactly this, all in all and fails when that does not come. */
  printed(text: string): Promise<void>;
  stderr(): string;
  exited: Promise<number>;
  connect(): Promise<RawClient>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type WorkerOptions = {
  setup?: Partial<WorkerSetup>;
  cwd?: string;
  env?: Record<string, string>;
  isConfigured?: boolean;
  /** By default that of the app's name. */
  kind?: WorkerKind;
};

/** Starts a worker for `app`, a path below test/apps or an absolute one, and configures it. */
export function startWorker(
  app: string | null,
  given: WorkerOptions | ((socket: string) => WorkerOptions) = {},
): WorkerProcess {
  const temp = makeTempDir();
  const socket = join(temp.path, "w.sock");
  const options = typeof given === "function" ? given(socket) : given;
  const messages: FromChild[] = [];
  const watchers = new Set<() => void>();
  let hasEnded = false;
  const isPython = (options.kind ?? (app?.endsWith(".py") ? "python" : "bun")) === "python";
  const setup: WorkerSetup = {
    ...defaultSetup(app, socket),
    ...(isPython && { callableObject: "application", python: PYTHON_SETUP }),
    ...options.setup,
  };
  const words = isPython ? ["__launch", JSON.stringify(launchOf(setup))] : ["__worker"];
  const child = Bun.spawn(
    [
      join(ROOT, "node_modules/.bin/bun"),
      "--no-install",
      "--no-env-file",
      join(ROOT, "src/main.ts"),
      ...words,
    ],
    {
      // As the supervisor does it: a worker starts in its app's home.
      cwd: options.cwd ?? (app === null ? "/" : dirname(resolve(APPS, app))),
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      serialization: "json",
      ipc(message: FromChild) {
        if (message.type === "heartbeat") return;
        messages.push(message);
        for (const look of watchers) look();
      },
    },
  );
  const output = { stdout: "", stderr: "" };
  const read = Promise.all([
    collect(child.stdout, (text) => (output.stdout += text)),
    collect(child.stderr, (text) => (output.stderr += text)),
  ]);
  const exited = Promise.all([child.exited, read]).then(([code]) => {
    hasEnded = true;
    for (const look of watchers) look();
    return code;
  });
  if (options.isConfigured !== false) child.send({ type: "configure", worker: setup });
  const state = () => `${JSON.stringify(messages)}\n${output.stderr}`;
  /** Looks at every message until `find` finds something. */
  const waitFor = <T>(what: string, find: () => T | undefined): Promise<T> =>
    bounded(
      new Promise((fulfil, reject) => {
        const look = () => {
          const found = find();
          if (found === undefined && !hasEnded) return;
          watchers.delete(look);
          if (found !== undefined) fulfil(found);
          else reject(new Error(`ended without ${what}: ${state()}`));
        };
        watchers.add(look);
        look();
      }),
      WITHIN_MS,
      () => new Error(`waited in vain for ${what}: ${state()}`),
    );
  return {
    pid: child.pid,
    socket,
    messages: () => messages,
    heard: (type) =>
      waitFor(`"${type}"`, () =>
        messages.find((message): message is Message<typeof type> => message.type === type),
      ),
    heardAlso: async (isThere) => {
      await waitFor("what was to come", () => isThere() || undefined);
    },
    say: (message) => child.send(message),
    signal: (name) => child.kill(name),
    hangUp: () => child.disconnect(),
    stdout: () => output.stdout,
    printed: (text) => eventually(() => output.stdout === text, `${JSON.stringify(text)} is printed`),
    stderr: () => output.stderr,
    exited,
    connect: () => connectRaw({ unix: socket }),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      temp[Symbol.dispose]();
    },
  };
}

const PYTHON_SETUP: PythonSetup = {
  threads: 5,
  processes: 1,
  title: "(gw:default)",
  isMultiprocess: false,
  isRunOnce: false,
  path: [],
  trustsPrefix: false,
  trustsPort: false,
  variables: {},
  tellsSsl: false,
  reloadsScript: true,
  switchIntervalMs: 1,
  hides: [],
};

/** As the supervisor does it. */
function launchOf({ home, identity, limits }: WorkerSetup): LaunchSetup {
  const { cpuPriority, openFiles, stackBytes, isBestEffort } = limits;
  const rights = { cpuPriority, openFiles, stackBytes, isBestEffort };
  const command: LaunchSetup["command"] = [PYTHON ?? "python3", join(ROOT, "python/worker.py"), VERSION];
  return { role: "worker", command, home, identity, limits: JSON.parse(JSON.stringify(rights)) };
}

function defaultSetup(app: string | null, socket: string): WorkerSetup {
  return {
    slot: 1,
    generation: 1,
    group: "default",
    mount: "/",
    tellsModules: false,
    listen: { unix: socket, token: TOKEN },
    backlog: 100,
    app: app === null ? null : resolve(APPS, app),
    callableObject: "default",
    publicHost: "gw.example",
    publicPort: 8123,
    evictionTimeoutMs: 15_000,
    gracefulTimeoutMs: 15_000,
    shutdownTimeoutMs: 5_000,
    limits: { isBestEffort: false },
    identity: {},
    envFiles: [],
    arguments: [],
    preloads: [],
    home: app === null ? "/" : dirname(resolve(APPS, app)),
    limitRequestBodyBytes: 1024,
  };
}

export type Ask = {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  scheme?: string;
  address?: string;
  port?: number;
  /** Where the client reached the front. */
  local?: { address: string; port: number } | undefined;
  /** What the front took off the target, with the slash that it left. */
  above?: string;
  /** The whole reserved header; null leaves it out. */
  visit?: string | null;
};

export type Answer = { status: number; headers: Headers; body: string; json<T>(): T };

/** Bytes of one request as the front writes it. */
export function requestBytes(path: string, ask: Ask = {}): string {
  const {
    method = "GET",
    headers = {},
    body = "",
    scheme = "http",
    address = "192.0.2.7",
    port = 40001,
    local,
    above,
  } = ask;
  const visit =
    ask.visit === undefined
      ? encodeVisit({ token: TOKEN, id: "r1", scheme, address, port, queuedMs: 0, local, above })
      : ask.visit;
  const fields = { Host: "app.example", ...(visit !== null && { [VISIT_HEADER]: visit }), ...headers };
  const length = body === "" ? "" : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}${length}\r\n${body}`;
}

/** One request on a connection of its own. */
export async function ask(worker: WorkerProcess, path: string, options: Ask = {}): Promise<Answer> {
  using client = await worker.connect();
  await client.send(requestBytes(path, { ...options, headers: { ...options.headers, Connection: "close" } }));
  return readAnswer(await client.untilClosed());
}

export function readAnswer(bytes: string): Answer {
  const end = bytes.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = bytes.slice(0, end).split("\r\n");
  const headers = new Headers(
    lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(":")),
      line.slice(line.indexOf(":") + 1),
    ]),
  );
  const rest = bytes.slice(end + 4);
  const body = Buffer.from(
    headers.get("transfer-encoding") === "chunked" ? unchunk(rest) : rest,
    "latin1",
  ).toString();
  return { status: Number(statusLine.split(" ")[1]), headers, body, json: () => JSON.parse(body) };
}

function unchunk(text: string): string {
  const end = text.indexOf("\r\n");
  const size = Number.parseInt(text.slice(0, end), 16);
  return size > 0 ? text.slice(end + 2, end + 2 + size) + unchunk(text.slice(end + 4 + size)) : "";
}

async function collect(stream: ReadableStream<Uint8Array>, add: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) add(decoder.decode(chunk, { stream: true }));
}
