// What becomes of each key of an app of PM2 (https://pm2.keymetrics.io/docs/usage/application-declaration/): options of gw, or a
// reason why there are none. Pure.

import { isAbsolute, join, normalize } from "node:path";
import { isRecord } from "../../core/records.ts";
import type { Key } from "../../options/declare/table.ts";

export type Taken = { options: Partial<Record<Key, unknown>>; remark?: string };
/** `left`: why nothing is written for it; whether that is a loss is for the reader to say. */
export type KeyFate = Taken | { left: string };

export type Pm2App = Readonly<Record<string, unknown>>;
export type KeyContext = { app: Pm2App };
type Reading = (value: unknown, context: KeyContext) => KeyFate;

const NOT_UNDERSTOOD: KeyFate = { left: "gw does not understand this value" };
const left = (why: string) => (): KeyFate => ({ left: why });
const take = (options: Taken["options"], remark?: string): Taken =>
  remark === undefined ? { options } : { options, remark };

const homeOf = ({ app }: KeyContext) => (typeof app.cwd === "string" ? app.cwd : ".");
/** Relative ones begin at the directory of the file, for PM2 as in gw.config.ts. */
const resolveIn = (path: string, context: KeyContext) =>
  isAbsolute(path) ? normalize(path) : join(homeOf(context), path);

const readScript: Reading = (value, context) => {
  if (typeof value !== "string") return NOT_UNDERSTOOD;
  if (/^(?:npm|npx|yarn|pnpm|bun|node|bash|sh|serve)$/.test(value))
    return { left: "gw starts the file itself that this program runs in the end: name it as app" };
  if (/\.(?:py|rb|php|sh|pl|go|exe)$/.test(value) || isForeign(context.app.interpreter))
    return { left: "gw runs JavaScript, TypeScript and WSGI apps of Python" };
  return take({ app: resolveIn(value, context) });
};

const isForeign = (interpreter: unknown) =>
  typeof interpreter === "string" && !/(?:^|\/)(?:node|nodejs|bun|tsx|ts-node)[\d.]*$/.test(interpreter);

const readWords = (value: unknown): string[] | undefined => {
  if (typeof value === "string") return value.split(/\s+/).filter(Boolean);
  return Array.isArray(value) && value.every((one) => ["string", "number"].includes(typeof one))
    ? value.map(String)
    : undefined;
};

const readArguments: Reading = (value, context) => {
  if ("left" in readScript(context.app.script, context)) return { left: "they are words of that program" };
  const words = readWords(value);
  return words ? take(words.length > 0 ? { appArgument: words } : {}) : NOT_UNDERSTOOD;
};

const readInstances: Reading = (value) => {
  const count = value === "max" ? 0 : Number(value);
  if (!Number.isInteger(count) || count > 1024) return NOT_UNDERSTOOD;
  if (count > 0) return take({ processes: count });
  return take({ processes: "auto" }, count < 0 ? "as many as there are processors" : undefined);
};

const readMemory: Reading = (value) => {
  const [, number, unit = ""] = /^(\d+)\s*([KMG]?)B?$/i.exec(String(value)) ?? [];
  return number === undefined ? NOT_UNDERSTOOD : take({ memoryLimit: number + unit.toUpperCase() });
};

/** PM2 has milliseconds. */
const readTime =
  (...keys: Key[]): Reading =>
  (value) => {
    const ms = Number(value);
    if (!Number.isFinite(ms) || ms <= 0) return NOT_UNDERSTOOD;
    return take(Object.fromEntries(keys.map((key) => [key, `${Math.ceil(ms)}ms`])));
  };

const readWatch: Reading = (value, context) => {
  if (value === false) return take({});
  if (value === true) return take({ reloadOnChanges: true }, "follows what the app imports");
  const paths = readWords(value);
  if (!paths) return NOT_UNDERSTOOD;
  return take({ reloadOnChanges: true, trackChanges: paths.map((path) => resolveIn(path, context)) });
};

const readLogFile: Reading = (value, context) => {
  if (typeof value !== "string" || /^(?:\/dev\/null|NULL)$/.test(value)) return { left: "see logDirectory" };
  const path = resolveIn(value, context);
  return take({ logDirectory: join(path, "..") }, "one directory, for all logs");
};

const readRuntimeWords: Reading = (value, context) => {
  const words = readWords(value);
  if (!words) return NOT_UNDERSTOOD;
  const preload: string[] = [];
  const rest: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const [, joined] = /^--(?:require|import)=(.+)$/.exec(words[at] ?? "") ?? [];
    const isFlag = /^(?:-r|--require|--import)$/.test(words[at] ?? "");
    const module = joined ?? (isFlag ? words[++at] : undefined);
    if (module === undefined) rest.push(words[at] ?? "");
    else preload.push(/^\.{1,2}\//.test(module) ? resolveIn(module, context) : module);
  }
  const remark = rest.length > 0 ? `the runtime is inside gw; without ${rest.join(" ")}` : undefined;
  if (preload.length > 0) return take({ preload }, remark);
  return { left: "the runtime is inside gw; a limit of memory is memoryLimit" };
};

const readEnvironment: Reading = (value) => {
  if (!isRecord(value)) return NOT_UNDERSTOOD;
  const { PORT, ...rest } = value as Record<string, unknown>;
  const setenv = Object.entries(rest)
    .filter(([, one]) => one !== null && one !== undefined)
    .map(([name, one]) => `${name}=${typeof one === "object" ? JSON.stringify(one) : one}`);
  return take({
    ...(PORT !== undefined && isPort(PORT) && { port: Number(PORT) }),
    ...(setenv.length > 0 && { setenv }),
  });
};

const isPort = (value: unknown) => /^\d{1,5}$/.test(String(value)) && Number(value) <= 65_535;
const readAccount =
  (key: "user" | "group"): Reading =>
  (value) =>
    ["string", "number"].includes(typeof value) && value !== "" ? take({ [key]: value }) : NOT_UNDERSTOOD;

const BUILT_IN = "gw does this by itself";
const RESTARTS =
  "a worker that dies is replaced at once, within a rate, and rests longer while it dies before it has served";
const LOGS = "gw has one log, in which each line names its worker and has its time";
const NOTHING = "it means nothing to gw";

/** Other names of PM2's own for the same. */
export const ALIASES: Readonly<Record<string, string>> = {
  cmd: "args",
  err: "error_file",
  error: "error_file",
  err_file: "error_file",
  err_log: "error_file",
  out: "out_file",
  output: "out_file",
  out_log: "out_file",
  log: "log_file",
  exec: "script",
  exec_interpreter: "interpreter",
  interpreterArgs: "node_args",
  interpreter_args: "node_args",
  nodeArgs: "node_args",
  cron: "cron_restart",
  combine_logs: "merge_logs",
  user: "uid",
  username: "uid",
  execMode: "exec_mode",
  min_uptime: "max_restarts",
  restart_delay: "max_restarts",
  exp_backoff_restart_delay: "max_restarts",
  disable_source_map_support: "source_map_support",
  watch_options: "watch_delay",
};

export const PM2_KEYS: Readonly<Record<string, Reading>> = {
  name: () => take({}),
  script: readScript,
  args: readArguments,
  cwd: (value) => (typeof value === "string" ? take({ home: normalize(value) }) : NOT_UNDERSTOOD),
  instances: readInstances,
  exec_mode: left("there is one mode: each process has the app, and the front end has the clients"),
  env: readEnvironment,
  max_memory_restart: readMemory,
  max_restarts: left(RESTARTS),
  autorestart: (value) => (value === true ? take({}) : { left: "what ends is started again" }),
  cron_restart: left("restartInterval goes by age; for a time of day have cron call gw restart"),
  watch: readWatch,
  ignore_watch: left("only what the app imports is watched, and what trackChanges names"),
  watch_delay: left(BUILT_IN),
  wait_ready: left("a worker is ready when it listens; process.send does nothing"),
  listen_timeout: readTime("startupTimeout"),
  kill_timeout: readTime("gracefulTimeout", "shutdownTimeout"),
  shutdown_with_message: left("SIGTERM listeners of the app run"),
  out_file: readLogFile,
  error_file: readLogFile,
  log_file: readLogFile,
  log_type: (value) => (value === "json" ? take({ logFormat: "json" }) : { left: LOGS }),
  merge_logs: left(LOGS),
  log_date_format: left(LOGS),
  time: left(LOGS),
  disable_logs: left("send gw's output where it is wanted"),
  interpreter: (value) => ({
    left: isForeign(value)
      ? "gw has its own runtime for JavaScript and TypeScript"
      : "the runtime is inside gw",
  }),
  node_args: readRuntimeWords,
  uid: readAccount("user"),
  gid: readAccount("group"),
  port: (value) => (isPort(value) ? take({ port: Number(value) }) : NOT_UNDERSTOOD),
  increment_var: left("all workers share one port"),
  instance_var: left(
    'requestInfo().slot of import "gw" is the number of a worker; a job that runs once is a serviceScript',
  ),
  source_map_support: left(BUILT_IN),
  treekill: left("what an app has started ends with its worker"),
  stop_exit_codes: left("what ends is started again"),
  filter_env: left("gw hands its own environment on; start it with what apps may see"),
  ...Object.fromEntries(
    [
      ...[
        "namespace",
        "vizion",
        "automation",
        "pmx",
        "force",
        "append_env_to_name",
        "pid_file",
        "pid",
        "trace",
      ],
      ...["disable_trace", "windowsHide", "kill_retry_time", "post_update", "instance_id", "deep_monitoring"],
    ].map((key) => [key, left(NOTHING)]),
  ),
};
