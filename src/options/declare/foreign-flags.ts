// Flags by which mod_wsgi-express, PM2 and gunicorn call what has another name here, or none: whoever moves from there is told what
// to give in their place. Those of the same name stand in the table of options.

import { flagOf } from "./names.ts";
import type { Key } from "./table.ts";

/** `takes`: how many words follow it there. */
export type ForeignFlag = { takes: 0 | 1 | 2; advice: string };

const RENAMED: Readonly<Record<string, Key>> = {
  "--mount-point": "mount",
  "--working-directory": "home",
  "--daemon-backlog": "listenBacklog",
  "--ssl-port": "httpsPort",
  "--lang": "locale",
  // Those of gunicorn and PM2.
  "--workers": "processes",
  "--instances": "processes",
  "-w": "processes",
  "-i": "processes",
  "--timeout": "requestTimeout",
  "--max-requests": "maximumRequests",
  "--max-memory-restart": "memoryLimit",
  "--chdir": "home",
  "--cwd": "home",
  "--certfile": "sslCertificateFile",
  "--keyfile": "sslCertificateKeyFile",
};

const SERVER_ONLY = "Leave it out: it is about Apache, which is not there";
const BOUNDED = "Leave it out: the front end holds a bounded part of each answer";
const TOOLS = "Start such a tool in the app; gw profile, gw heap and gw stack look at any worker";

const ADDRESS = "Give --host and --port, or a socket with --listen";
const NAMELESS = "Leave it out: gw status --port tells one gw from another, and groups have names";
const IN_FOREGROUND =
  "Leave it out: gw stays in the foreground, for a service manager; the gwctl of gw setup-server starts it in the background";

const OTHERS: Readonly<Record<string, ForeignFlag>> = {
  "--entry-point": { takes: 1, advice: "Give the app without a flag, as in gw start-server wsgi.py" },
  "--disable-reloading": { takes: 0, advice: "Here it is --no-script-reloading" },
  "--chunked-request": { takes: 0, advice: "Leave it out: chunked bodies are always taken" },
  "--envvars-script": { takes: 1, advice: "Give a file of NAME=VALUE with --env-file" },
  "--pid-file": {
    takes: 1,
    advice: "Leave it out: gw.pid in the server root (--server-root) has the number",
  },
  "--process-group": { takes: 1, advice: "Leave it out: processes are shown by --display-name" },
  "--application-group": { takes: 1, advice: "Leave it out: each app has processes of its own" },
  "--send-buffer-size": { takes: 1, advice: BOUNDED },
  "--receive-buffer-size": { takes: 1, advice: BOUNDED },
  "--response-buffer-size": { takes: 1, advice: BOUNDED },
  "--response-flush-delay": { takes: 1, advice: BOUNDED },
  "--server-metrics": { takes: 0, advice: "Ask gw metrics, or give --metrics-port" },
  "--enable-telemetry": { takes: 0, advice: "Give --metrics-port, or --otlp-endpoint for a collector" },
  "--telemetry-service": { takes: 1, advice: "Give --otlp-endpoint with the URL of a collector" },
  "--enable-recorder": { takes: 0, advice: "Give --recorder-directory" },
  "--startup-log": { takes: 0, advice: "Leave it out: the error log has the start as well" },
  "--enable-debugger": { takes: 0, advice: TOOLS },
  "--enable-coverage": { takes: 0, advice: TOOLS },
  "--enable-profiler": { takes: 0, advice: TOOLS },
  "--enable-gdb": { takes: 0, advice: TOOLS },
  "--socket-prefix": { takes: 1, advice: "Leave it out: sockets lie in the server root (--server-root)" },
  "--rewrite-rules": { takes: 1, advice: "Give --redirect or --canonical-host" },
  "--setup-only": { takes: 0, advice: "Run gw setup-server" },
  "--server-mpm": { takes: 1, advice: SERVER_ONLY },
  "--initial-workers": { takes: 1, advice: SERVER_ONLY },
  "--minimum-spare-workers": { takes: 1, advice: SERVER_ONLY },
  "--maximum-spare-workers": { takes: 1, advice: SERVER_ONLY },
  "--httpd-executable": { takes: 1, advice: SERVER_ONLY },
  "--modules-directory": { takes: 1, advice: SERVER_ONLY },
  "--include-file": { takes: 1, advice: SERVER_ONLY },
  "--bind": { takes: 1, advice: ADDRESS },
  "-b": { takes: 1, advice: ADDRESS },
  "--watch": { takes: 0, advice: "Here it is --reload-on-changes" },
  "--reload": { takes: 0, advice: "Here it is --reload-on-changes" },
  "--env": { takes: 1, advice: "Give variables with --setenv NAME=VALUE, or a file of them with --env-file" },
  "--name": { takes: 1, advice: NAMELESS },
  "-n": { takes: 1, advice: NAMELESS },
  "--daemon": { takes: 0, advice: IN_FOREGROUND },
  "--no-daemon": { takes: 0, advice: IN_FOREGROUND },
  "--cron-restart": {
    takes: 1,
    advice: "Give --restart-interval, or have cron call gw restart at a time of day",
  },
  "--access-logfile": { takes: 1, advice: "Give --access-log, and --log-directory for files" },
  "--error-logfile": { takes: 1, advice: "Give --log-directory" },
  "--worker-class": { takes: 1, advice: "Leave it out: there is one kind for each language" },
};

/** By their spelling, dashes included. */
export const FOREIGN_FLAGS: ReadonlyMap<string, ForeignFlag> = new Map([
  ...Object.entries(RENAMED).map(([spelling, key]): [string, ForeignFlag] => [
    spelling,
    { takes: 1, advice: `Here it is ${flagOf(key)}` },
  ]),
  ...Object.entries(OTHERS),
]);
