// Who is measured, and how each is started on a free loopback port. Ends its own processes only.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { freePort } from "../support/free-port.ts";
import { issue } from "../support/issue.ts";
import { FILE_SIZES, FILES } from "./apps.ts";
import { apacheConfig, haproxyConfig, nginxConfig, nginxFilesConfig, WSGI_MODULES } from "./peers.ts";
import type { Role, Root } from "./processes.ts";

const ANSWERS_WITHIN_MS = 20_000;
const ENDS_WITHIN_MS = 10_000;

/** Where a contender is started: `run` is told what the process is there for. */
type Ground = {
  folder: string;
  gw: string;
  run(role: Role, command: string[], env?: Record<string, string>): void;
  /** What is no part of the contender: its time does not count. */
  runBeside(command: string[]): void;
};
/** False: what it needs is not installed here. */
export type Starter = (ground: Ground, port: number) => boolean;

/** `isSecure`: it is asked over TLS. */
export type Contender = { name: string; start: Starter; isSecure?: true };
/** `origin` as in a URL, without a path. */
export type Live = { name: string; origin: string; roots: Root[]; serverRoot: string };
export type Contenders = { live: Live[]; leftOut: string[]; [Symbol.asyncDispose](): Promise<void> };

/** An app of `FILES` in Bun itself. */
export const bare = (app: string): Contender => ({
  name: "bare Bun",
  start: (ground, port) => runBare(ground, app, String(port)),
});

export const nginx = (app: string): Contender => ({
  name: "nginx",
  start: (ground, port) => before(ground, port, "nginx", app, (config) => ["nginx", "-c", config]),
});

export const nginxOverTls = (app: string): Contender => ({
  name: "nginx",
  isSecure: true,
  start: (ground, port) => before(ground, port, "nginx", app, (config) => ["nginx", "-c", config], true),
});

/** Files and nothing else. */
export const nginxFiles: Contender = {
  name: "nginx",
  start({ run, folder }, port) {
    if (Bun.which("nginx") === null) return false;
    const config = join(folder, `nginx-${port}.conf`);
    writeFileSync(config, nginxFilesConfig(folder, port));
    run("front end", ["nginx", "-c", config]);
    return true;
  },
};

/** gw with the same files; started by root, it has to be somebody else who reads them. */
export const gwFiles = (name: string, ...flags: string[]): Contender => ({
  name,
  start(ground, port) {
    const user = process.getuid?.() === 0 ? ["--user", "nobody"] : [];
    const root = ["--document-root", join(ground.folder, "static")];
    return runGw(ground, "hello.ts", port, ["--port", String(port), ...root, ...user, ...flags]);
  },
});

export const haproxy = (app: string): Contender => ({
  name: "HAProxy",
  start: (ground, port) => before(ground, port, "haproxy", app, (config) => ["haproxy", "-f", config]),
});

/** Programs of others that contenders of these names are. */
export const PEERS = { nginx: "nginx", HAProxy: "haproxy", "mod_wsgi daemon mode": "apache2" } as const;

export const modWsgi: Contender = { name: "mod_wsgi daemon mode", start: startApacheWith };

/** gw with an app of `FILES` and with further flags. */
export const gw = (name: string, app: string, ...flags: string[]): Contender => ({
  name,
  start: (ground, port) => runGw(ground, app, port, ["--port", String(port), ...flags]),
});

/** gw that tells all that it can, to a collector beside it as well. */
export const gwTelling = (
  name: string,
  ...told: readonly ("page" | "log" | "traces" | "rest")[]
): Contender => ({
  name,
  start(ground, port) {
    const collector = freePort();
    if (told.includes("traces"))
      ground.runBeside([process.execPath, join(ground.folder, "collector.ts"), String(collector)]);
    const flags = {
      log: ["--access-log", "--log-directory", join(ground.folder, `log-${port}`)],
      traces: ["--otlp-endpoint", `http://127.0.0.1:${collector}`, "--trace-sample", "1%"],
      page: ["--metrics-port", "0", "--server-status"],
      rest: ["--log-request-ids", "--server-timing", "recorded", "--slow-requests", "1s"],
    };
    return runGw(ground, "hello.ts", port, ["--port", String(port), ...told.flatMap((one) => flags[one])]);
  },
});

export const gwOverTls = (name: string, app: string, ...flags: string[]): Contender => ({
  name,
  isSecure: true,
  start(ground, port) {
    const pair = ["--ssl-certificate-file", "cert.pem", "--ssl-certificate-key-file", "key.pem"];
    return runGw(ground, app, port, ["--https-port", String(port), ...pair, ...flags]);
  },
});

function runGw({ run, gw: binary, folder }: Ground, app: string, port: number, flags: string[]): true {
  const where = ["--host", "127.0.0.1", "--server-root", rootOf(folder, port)];
  const concurrency = flags.includes("--concurrency") ? [] : ["--concurrency", "1024"];
  run("supervisor", [binary, "start-server", join(folder, app), ...where, ...concurrency, ...flags]);
  return true;
}

const rootOf = (folder: string, port: number) => join(folder, `root-${port}`);

/** `where`: a port of loopback, or the path of a socket. */
function runBare({ run, folder }: Ground, app: string, where: string): true {
  // Express listens by itself.
  if (app.startsWith("express")) run("app", [process.execPath, join(folder, app)], { LISTEN: where });
  else run("app", [process.execPath, join(folder, "bare.ts"), join(folder, app), where]);
  return true;
}

function before(
  ground: Ground,
  port: number,
  program: "nginx" | "haproxy",
  app: string,
  command: (config: string) => string[],
  isSecure = false,
): boolean {
  if (Bun.which(program) === null) return false;
  const { folder } = ground;
  const socket = join(folder, `${program}-${port}.sock`);
  const config = join(folder, `${program}-${port}.conf`);
  const text =
    program === "nginx" ? nginxConfig(folder, port, socket, isSecure) : haproxyConfig(port, socket);
  writeFileSync(config, text);
  runBare(ground, app, socket);
  ground.run("front end", command(config));
  return true;
}

/** The app and its threads are those of `peers.ts` unless something else is said. */
export function startApacheWith(
  { run, folder }: Ground,
  port: number,
  app?: string,
  threads?: number,
): boolean {
  const program = ["apache2", "httpd"].find((name) => Bun.which(name) !== null);
  const module = WSGI_MODULES.find((path) => existsSync(path));
  if (program === undefined || module === undefined) return false;
  const config = join(folder, `httpd-${port}.conf`);
  writeFileSync(config, apacheConfig(folder, port, module, app, threads));
  run("front end", [program, "-f", config, "-DFOREGROUND"]);
  return true;
}

/** Starts all of them, and waits until each answers on `path`; `lookEveryMs` is how soon that is noticed. */
export async function startContenders(
  gwBinary: string,
  contenders: readonly Contender[],
  path = "/",
  lookEveryMs = 20,
): Promise<Contenders> {
  const folder = makeFolder();
  const children: Bun.Subprocess[] = [];
  const live: Live[] = [];
  const leftOut: string[] = [];
  const end = () => endAll(children, folder);
  try {
    for (const { name, start, isSecure } of contenders) {
      const port = freePort();
      const roots: Root[] = [];
      const spawn = (command: string[], env: Record<string, string> = {}) => {
        const all = { ...process.env, ...env };
        const child = Bun.spawn(command, { cwd: folder, env: all, stdout: "ignore", stderr: "ignore" });
        children.push(child);
        return child;
      };
      const run: Ground["run"] = (role, command, env) =>
        void roots.push({ pid: spawn(command, env).pid, role });
      const runBeside: Ground["runBeside"] = (command) => void spawn(command);
      const origin = `${isSecure ? "https" : "http"}://127.0.0.1:${port}`;
      if (!start({ folder, gw: gwBinary, run, runBeside }, port)) {
        leftOut.push(name);
        continue;
      }
      await untilAnswering(name, origin + path, lookEveryMs);
      live.push({ name, roots, origin, serverRoot: rootOf(folder, port) });
    }
  } catch (error) {
    await end();
    throw error;
  }
  return { live, leftOut, [Symbol.asyncDispose]: end };
}

/** With the apps, and with the packages that they import; others must be able to read it, for Apache gives up being root. */
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "gw-bench-"));
  symlinkSync(resolve(import.meta.dir, "../../node_modules"), join(folder, "node_modules"));
  const { certificate, key } = issue({ name: "localhost", names: ["localhost", "127.0.0.1"] });
  const all = { ...FILES, "cert.pem": certificate, "key.pem": key };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, "static"));
  for (const bytes of FILE_SIZES) writeFileSync(join(folder, "static", String(bytes)), "x".repeat(bytes));
  chmodSync(folder, 0o755);
  return folder;
}

/** Those in front first, so that nobody asks for an app that is gone. */
async function endAll(children: readonly Bun.Subprocess[], folder: string): Promise<void> {
  const late = setTimeout(() => {
    for (const child of children) if (child.exitCode === null) child.kill("SIGKILL");
  }, ENDS_WITHIN_MS);
  for (const child of children.toReversed()) {
    child.kill("SIGTERM");
    await child.exited;
  }
  clearTimeout(late);
  rmSync(folder, { recursive: true, force: true });
}

async function untilAnswering(name: string, url: string, lookEveryMs: number): Promise<void> {
  for (const until = performance.now() + ANSWERS_WITHIN_MS; performance.now() < until; ) {
    const isAnswered = await fetch(url, { tls: { rejectUnauthorized: false } }).then(
      // Who asks for a password answers as well.
      ({ ok, status }) => ok || status === 401,
      () => false,
    );
    if (isAnswered) return;
    await Bun.sleep(lookEveryMs);
  }
  throw new Error(`${name} did not answer on ${url} within ${ANSWERS_WITHIN_MS} ms`);
}
