// What the operator reads once gw serves: where, what, how much, how long, and how to stop it. Pure.

import { basename, dirname } from "node:path";
import type { AppKind } from "../../link/messages.ts";
import { servesFiles, servesFilesOnly } from "../../options/declare/file-places.ts";
import { isFound } from "../../options/declare/kinds/concurrency-kind.ts";
import { splitPair } from "../../options/declare/kinds/list-kinds.ts";
import { type Key, rowOf, type Settings } from "../../options/declare/table.ts";
import { isPython, WORKER_KINDS, workerKindOf } from "../../options/declare/worker-kinds.ts";
import { isOfPackage } from "../../options/groups/defaults.ts";
import {
  DEFAULT_GROUP,
  hostsOf,
  type Origins,
  onlyAppOf,
  type Resolved,
  type WorkerGroup,
} from "../../options/resolve/resolve.ts";
import { shellWord } from "../../os/shell-words.ts";

export type BannerFacts = {
  /** Where clients reach it, the main one first. */
  urls: readonly string[];
  serverRoot: string;
  /** The app's file, or null for the welcome page. */
  appPath: string | null;
  appKind: AppKind;
  home: string;
  /** The supervisor's, which takes the signals. */
  pid: number;
  /** The app runs as root. */
  isRoot: boolean;
  /** Whom gw has become to run the app; absent when it is whoever started gw. */
  user?: string | undefined;
};

export function renderBanner(
  resolved: Pick<Resolved, "settings" | "origins" | "groups">,
  facts: BannerFacts,
): string[] {
  const { settings, origins, groups } = resolved;
  const services = groups.filter(({ kind }) => kind !== "app");
  const only = onlyAppOf(resolved);
  const rows = only
    ? [
        ...describeServer(facts, origins),
        ...describeApp(only, facts),
        ...(servesFilesOnly(settings) ? [] : describeEnvironment(only)),
        ...describeConfig(settings),
        ...describeWork(settings),
        ...describeGroups(services),
      ]
    : [
        ...describeServer(facts, origins),
        ...describeConfig(settings),
        ["Mode", `daemon (${plural(settings.frontEnds, "front end", "front ends")})`] satisfies Line,
        ...describeGroups(groups),
      ];
  rows.push(...describeEnd(settings, facts));
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, text]) => `${name.padEnd(width)} : ${text}`);
  return facts.isRoot ? [...lines, ROOT_WARNING] : lines;
}

const ROOT_WARNING =
  "Warning: the app runs as root. Type --user NAME to run it as somebody else (--user nobody exists everywhere).";

type Line = [name: string, text: string];

/** Who said the port is told, because platforms say it too. */
function describeServer({ urls: [url, ...others], serverRoot }: BannerFacts, { port }: Origins): Line[] {
  const from = port.layer === "default" ? "" : ` (port from ${port.text})`;
  return [
    ["Server URL", [`${url}${from}`, ...others].join(" and ")],
    ["Server root", serverRoot],
  ];
}

function describeApp(
  { settings, origins }: WorkerGroup,
  { appPath, appKind, home, user }: BannerFacts,
): Line[] {
  const { appArgument, preload } = settings;
  const isAsStarted = origins.home.layer === "default" && isOfPackage(settings.app ?? "");
  const { callableObject } = WORKER_KINDS[workerKindOf(settings)];
  const name = settings.callableObject === callableObject ? "" : `, export ${settings.callableObject}`;
  const place = describePlace(settings);
  return [
    ["App", appPath === null ? describeNoApp(settings) : `${appPath} (${appKind}${name})`],
    ...(place === "/" ? [] : [["Mounted at", place] satisfies Line]),
    ...(appArgument.length === 0 ? [] : [["Arguments", appArgument.map(shellWord).join(" ")] satisfies Line]),
    ...(preload.length === 0 ? [] : [["Loaded before", preload.join(", ")] satisfies Line]),
    ["Working directory", `${home}${isAsStarted ? " (where gw was started: the app is a package's)" : ""}`],
    ...describeFiles(settings),
    ...describeWorker(settings, user),
  ];
}

const describeNoApp = (settings: Settings) =>
  servesFilesOnly(settings) ? "none: only files are served" : "none given: the welcome page";

function describeFiles(settings: Settings): Line[] {
  if (!servesFiles(settings)) return [];
  const { documentRoot, urlAlias } = settings;
  const aliases = urlAlias.map(splitPair).map(({ left, right }) => `${left} from ${right}`);
  return [["Files", [...(documentRoot === undefined ? [] : [documentRoot]), ...aliases].join(", ")]];
}

/** Files by their names in the working directory, or by path; never what is in them. */
function describeEnvironment(group: WorkerGroup): Line[] {
  if (group.interpreter !== undefined && isPython(group.settings))
    return [["Interpreter", [group.interpreter, ...describeEnvFiles(group)].join(", ")]];
  return [["Environment", [`NODE_ENV=${group.nodeEnv}`, ...describeEnvFiles(group)].join(", ")]];
}

function describeEnvFiles({ envFiles, settings: { home } }: WorkerGroup): string[] {
  const names = envFiles.map((path) => (dirname(path) === home ? basename(path) : path));
  return names.length === 0 ? [] : [`variables from ${names.join(" and ")}`];
}

function describeConfig({ config }: Settings): Line[] {
  return config === undefined ? [] : [["Configuration", config]];
}

/** A line for each: its app, where it is mounted, how many processes run it. */
export function describeGroups(groups: readonly WorkerGroup[]): Line[] {
  return groups.map((group) => {
    const { name, kind, isMounted, settings, account } = group;
    const by = [...(account ? [`as ${account.name}`] : []), ...describeEnvFiles(group)]
      .map((text) => `, ${text}`)
      .join("");
    const { processes, app } = settings;
    if (kind === "auth")
      return [
        name === `auth:${DEFAULT_GROUP}` ? "auth" : name.replace(":", " "),
        `${describeScripts(settings)}${by}`,
      ];
    if (kind === "service") return [name.replace(":", " "), `${app}${by}`];
    const place = isMounted ? `at ${describePlace(settings)}` : "by routes only";
    if (servesFilesOnly(settings))
      return [
        `group ${name}`,
        `files from ${describeFiles(settings)
          .map(([, text]) => text)
          .join()} ${place}`,
      ];
    const work = `${show(settings, "processes")} ${processes.min === processes.max && processes.max === 1 ? "process" : "processes"} x ${show(settings, "concurrency")}`;
    return [`group ${name}`, `${app} ${place}, ${work}${by}`];
  });
}

/** What is asked before a request gets to a worker. */
function describeScripts(settings: Settings): string {
  const files = [
    settings.hostAccessScript,
    settings.authUserScript,
    settings.authUserFile,
    settings.authGroupScript,
  ];
  const { authProcesses } = settings;
  return `${[...new Set(files.filter((file) => file !== undefined))].join(", ")}, ${plural(authProcesses, "process", "processes")}`;
}

/** `/`, `/api`, `example.com/api`, `(example.com, *.example.com)/api`. */
function describePlace(settings: Settings): string {
  const hosts = hostsOf(settings);
  return `${hosts.length > 1 ? `(${hosts.join(", ")})` : hosts.join("")}${settings.mount}`;
}

/** Only what somebody has asked for. */
function describeWorker(settings: Settings, user: string | undefined): Line[] {
  const limits = (
    [
      ["memory", "memoryLimit"],
      ["address space", "virtualMemoryLimit"],
      ["processor time", "cpuTimeLimit"],
      ["nice value", "cpuPriority"],
      ["stack", "stackSize"],
      ["open files", "openFiles"],
    ] as const
  ).flatMap(([name, key]) => (settings[key] ? [`${name} ${show(settings, key)}`] : []));
  const place = settings.chroot === undefined ? "" : `, in ${settings.chroot} as root directory`;
  return [
    ...(user !== undefined || place ? [["User", `${user ?? "unchanged"}${place}`] satisfies Line] : []),
    ...(limits.length > 0 ? [["Limits", `${limits.join(", ")} for each worker`] satisfies Line] : []),
  ];
}

function describeWork(settings: Settings): Line[] {
  const { processes, concurrency, frontEnds, embeddedMode } = settings;
  const most = processes.max;
  if (most === 0)
    return [
      ["Mode", `daemon (${plural(frontEnds, "front end", "front ends")}, no workers)`],
      ...describeTimes(settings, ["socketTimeout"]),
    ];
  const workers = `${show(settings, "processes")} ${most === 1 && processes.min === 1 ? "worker process" : "worker processes"}`;
  if (embeddedMode) {
    return [
      [
        "Mode",
        `embedded (${plural(frontEnds, "worker process", "worker processes")} on the public port, no queue)`,
      ],
      ...describeTimes(settings, ["startupTimeout", "deadlockTimeout", "evictionTimeout"]),
      ...describeRecycling(settings),
      ["Largest body", show(settings, "limitRequestBody")],
    ];
  }
  const queue = `${plural(settings.maxQueue, "request", "requests")}, waiting up to ${show(settings, "queueTimeout")}`;
  return [
    ["Mode", `daemon (${plural(frontEnds, "front end", "front ends")}, ${workers})`],
    [
      "Capacity",
      `${isFound(concurrency) ? "up to " : ""}${plural(most * concurrency.max, "request", "requests")} at once (${most} x ${show(settings, "concurrency")})`,
    ],
    ["Queue", settings.maxQueue === 0 ? "none: a request beyond the capacity gets 503" : queue],
    ...describeTimes(settings, [
      "requestTimeout",
      "socketTimeout",
      "connectTimeout",
      "startupTimeout",
      "deadlockTimeout",
      "evictionTimeout",
    ]),
    ...describeRecycling(settings),
    ["Largest body", show(settings, "limitRequestBody")],
  ];
}

type TimeKey = Exclude<Extract<Key, `${string}Timeout`>, "stackOnTimeout">;

/** Those in force, under the names of their options; the queue's and those of a stop have lines of their own. */
function describeTimes(settings: Settings, keys: readonly TimeKey[]): Line[] {
  const times = keys.filter((key) => settings[key] > 0);
  const texts = times.map((key) => `${key.replace("Timeout", "")} ${show(settings, key)}`);
  return [["Timeouts", texts.join(", ")]];
}

/** Only what somebody has asked for. */
function describeRecycling(settings: Settings): Line[] {
  const { maximumRequests, restartInterval, inactivityTimeout } = settings;
  const texts = [
    ...(maximumRequests > 0 ? [`after about ${plural(maximumRequests, "request", "requests")}`] : []),
    ...(restartInterval > 0 ? [`after about ${show(settings, "restartInterval")}`] : []),
    ...(inactivityTimeout > 0 ? [`when idle for ${show(settings, "inactivityTimeout")}`] : []),
  ];
  return texts.length > 0 ? [["Recycling", `a worker is replaced ${texts.join(", ")}`]] : [];
}

function describeEnd(settings: Settings, { pid }: BannerFacts): Line[] {
  const [graceful, shutdown] = [show(settings, "gracefulTimeout"), show(settings, "shutdownTimeout")];
  return [
    ["Logs", describeLogs(settings)],
    [
      "Stop",
      `Ctrl-C or kill ${pid}; requests get ${graceful} to finish, the app ${shutdown} more to shut down`,
    ],
  ];
}

function describeLogs(settings: Settings): string {
  const { logLevel, logDirectory, logTarget, logToTerminal, accessLog, accessLogFormat } = settings;
  const isInFiles = logDirectory !== undefined && !logToTerminal;
  const place =
    logTarget !== "terminal" && !logToTerminal
      ? `${logTarget} (level ${logLevel}), what the app prints as well`
      : isInFiles
        ? `${logDirectory}/error_log (level ${logLevel}), what the app prints as well`
        : `gw on stderr (level ${logLevel}); the app on its own stdout and stderr, line by line`;
  const format = ["common", "combined", "json"].includes(accessLogFormat)
    ? accessLogFormat
    : "a format of yours";
  const access = isInFiles ? `in ${logDirectory}/access_log` : "on stdout";
  return accessLog ? `${place}; access log (${format}) ${access}` : place;
}

function show(settings: Settings, key: Key): string {
  return rowOf(key).kind.print(settings[key]);
}

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
