// Completes what was given to one frozen record: the defaults of the table, and the values that follow from others.

import { dirname, join } from "node:path";
import { servesFilesOnly } from "../declare/file-places.ts";
import { AUTO_SPAN } from "../declare/kinds/auto-kinds.ts";
import type { Span } from "../declare/kinds/kinds.ts";
import { pathInside } from "../declare/rules.ts";
import { type Derived, KEYS, rowOf, type Settings } from "../declare/table.ts";
import { pythonAppOf, WORKER_KINDS, workerKindOf } from "../declare/worker-kinds.ts";
import type { HostFacts } from "../read/inputs.ts";
import type { Values } from "../read/values.ts";
import { firstPort, hasPlaces } from "./places.ts";

/** How long the last worker of a group with `0..N` has nothing to do before it leaves, unless something else is said. */
const LAST_WORKER_IDLE_MS = 5 * 60_000;

const DEFAULT_HOST = "0.0.0.0";
const DEFAULT_PORT = 8000;
/** JSON, where it would stand in the schema, has no octal numbers. */
const SOCKET_MODE = 0o660;

export function complete(values: Values, facts: HostFacts): Settings {
  const known: Record<string, unknown> = {};
  const defaults: Values = values.debugMode === true ? DEBUG_DEFAULTS : {};
  for (const key of KEYS) known[key] = values[key] ?? defaults[key] ?? rowOf(key).default;
  // Each value came from its own kind or row, which is what the type says.
  const settings = known as unknown as Settings;
  known.processes = servesFilesOnly(settings) ? NO_WORKERS : processesOf(settings.processes, facts);
  for (const [key, derive] of Object.entries(DERIVE)) known[key] ??= derive(settings, facts);
  return Object.freeze(settings);
}

/** Whoever serves files alone has no app that workers could run. */
const NO_WORKERS: Span = Object.freeze({ min: 0, max: 0 });

const DAY_MS = 86_400_000;

/** Whoever looks at a breakpoint has time. */
const DEBUG_DEFAULTS: Values = {
  startupTimeout: DAY_MS,
  queueTimeout: DAY_MS,
  connectTimeout: DAY_MS,
  socketTimeout: DAY_MS,
  requestTimeout: DAY_MS,
  deadlockTimeout: DAY_MS,
};

type DeriveAll = { [K in Derived]: (settings: Settings, facts: HostFacts) => Settings[K] };

/** In the order of their dependence on each other. */
const DERIVE: DeriveAll = {
  // Where no port is said, it is not known yet.
  host: (settings, { handed }) =>
    (settings.port === undefined ? firstPort(settings, handed)?.host : undefined) ?? DEFAULT_HOST,
  // Where both are the same, there is only HTTPS.
  port: (settings, { handed }) =>
    settings.httpsPort ??
    firstPort(settings, handed)?.port ??
    (hasPlaces(settings, handed) ? 0 : DEFAULT_PORT),
  socketMode: () => SOCKET_MODE,
  callableObject: (settings) => WORKER_KINDS[workerKindOf(settings)].callableObject,
  concurrency(settings) {
    const { concurrency: most } = WORKER_KINDS[workerKindOf(settings)];
    return Object.freeze({ min: most, max: most });
  },
  maxQueue: ({ listenBacklog, processes }) => listenBacklog * processes.max,
  inactivityTimeout: ({ processes, embeddedMode }) =>
    processes.min < processes.max && processes.min === 0 && !embeddedMode ? LAST_WORKER_IDLE_MS : 0,
  responseSocketTimeout: ({ socketTimeout }) => socketTimeout,
  // An app answers for its directories itself.
  directoryIndex: ({ app }) => Object.freeze(app === undefined ? ["index.html"] : []),
  evictionTimeout: ({ gracefulTimeout }) => gracefulTimeout,
  authRealm: ({ serverName }) => serverName ?? "gw",
  home: findHome,
  serverRoot: ({ host, port, chroot }, facts) => defaultServerRoot(host, port, chroot, facts),
};

/** Inside of a chroot nobody knows what there is, apart from its own top. */
export function defaultServerRoot(
  host: string,
  port: number,
  chroot: string | undefined,
  { tmpdir, uid, pid }: HostFacts,
): string {
  const place = port === 0 ? `0.${pid}` : String(port);
  return join(chroot ?? tmpdir, `gw-${host}:${place}:${uid}`);
}

/** A program made by others, which works on what lies where it is started. */
export function isOfPackage(app: string): boolean {
  return app.includes("/node_modules/");
}

function findHome(settings: Settings, { cwd, kindOf }: HostFacts): string {
  const { app, chroot: root = "/" } = settings;
  const python = pythonAppOf(settings);
  if (python)
    return python.file === undefined ? python.directory : findPythonHome(python.directory, root, kindOf);
  if (app === undefined || isOfPackage(app)) return pathInside(root, cwd) === undefined ? root : cwd;
  const isProject = (dir: string) =>
    kindOf(join(dir, "package.json")) === "file" || kindOf(join(dir, "tsconfig.json")) === "file";
  for (let dir = dirname(app); ; dir = dirname(dir)) {
    if (isProject(dir)) return dir;
    if (dir === dirname(dir) || dir === root) return dirname(app);
  }
}

/** Where the packages that the file is part of are imported from. */
function findPythonHome(directory: string, root: string, kindOf: HostFacts["kindOf"]): string {
  const isPackage = (dir: string) => kindOf(join(dir, "__init__.py")) === "file";
  for (let dir = directory; ; dir = dirname(dir))
    if (!isPackage(dir) || dir === dirname(dir) || dir === root) return dir;
}

/** One for each processor, where that was asked for. */
function processesOf(span: Span, { machine }: HostFacts): Span {
  if (span !== AUTO_SPAN) return span;
  const count = Math.max(1, Math.floor(machine?.().processors ?? 1));
  return Object.freeze({ min: count, max: count });
}
