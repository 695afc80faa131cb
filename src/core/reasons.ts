// Why a worker was replaced, and how its process ended: two tables of words. The same word stands in the log line, in
// status, in metrics and in docs/lifecycle.md. Nothing here decides; supervisor/crew/judge and supervisor/child/endings do.

import type { Level } from "./log.ts";

export type ReasonRow = {
  /** What happened, in one sentence without a final full stop. */
  meaning: string;
  /** What gw does then, told afterwards. */
  did: string;
  /** The same where no request was on it, where that is another thing. */
  didIdle?: string;
  /** The same where nobody was there to answer its clients: a front end, and a worker in embedded mode. */
  didUnanswered?: string;
  /** What to do about it. */
  hint: string;
  /** Of the log line. */
  level: Level;
  /** The reason lies in the process, so that one that comes to it quickly again is replaced more slowly. */
  mayRepeat: boolean;
};

const rows = <const T extends Record<string, ReasonRow>>(table: T): T => table;

export const REASONS = rows({
  shutdown_signal: {
    meaning: "SIGTERM was sent to the process, or gw itself was told to stop",
    did: "gw let it finish what it had; another process took its place, unless gw itself was stopping",
    hint: "Nothing, when it was you; otherwise find out who sends signals to workers",
    level: "info",
    mayRepeat: true,
  },
  graceful_signal: {
    meaning:
      "Somebody has asked for workers to be replaced (SIGUSR1 to gw, gw restart, gw heap, the status page), one after the other",
    did: "gw let it finish what it had, after another process was ready in its place",
    hint: "Nothing; this is how a new version of the app is taken up",
    level: "info",
    mayRepeat: false,
  },
  eviction_signal: {
    meaning: "SIGUSR1 was sent to the worker",
    did: "gw let it finish what it had, after another process was ready in its place",
    hint: "Nothing, when it was you",
    level: "info",
    mayRepeat: false,
  },
  maximum_requests: {
    meaning: "The worker has begun as many requests as --maximum-requests says, give or take a tenth",
    did: "gw let it finish what it had, after another process was ready in its place",
    hint: "Nothing; raise the number when it happens too often",
    level: "info",
    mayRepeat: false,
  },
  restart_interval: {
    meaning: "The worker has served as long as --restart-interval says, give or take a tenth",
    did: "gw let it finish what it had, after another process was ready in its place",
    hint: "Nothing; raise the time when it happens too often",
    level: "info",
    mayRepeat: false,
  },
  inactivity_timeout: {
    meaning: "The worker had no request for --inactivity-timeout, after it had had one",
    did: "gw started another process in its place",
    hint: "Nothing; name health checks in --ignore-activity if they keep an idle worker alive",
    level: "info",
    mayRepeat: false,
  },
  request_timeout: {
    meaning:
      "The requests on the worker have run for longer than --request-timeout on the average of its places",
    did: "gw answered the late requests with 504, and another process took its place",
    hint: "Find what the app waits for; the log names the oldest request",
    level: "warn",
    mayRepeat: true,
  },
  startup_timeout: {
    meaning: "The worker was not ready within --startup-timeout",
    did: "gw ended it and tries again, with longer and longer pauses",
    hint: "Look for work that never ends at the top level of the app, or raise the time",
    level: "error",
    mayRepeat: true,
  },
  deadlock_timeout: {
    meaning: "The event loop of the process has not turned for --deadlock-timeout",
    did: "gw answered its requests with 504, or cut those whose answer had begun, killed it and started another process in its place",
    didIdle: "gw killed it and started another process in its place",
    didUnanswered:
      "gw killed it, which closed the connections of its clients, and started another process in its place",
    hint: "Look for a loop or a synchronous call that never ends in the request that the log names",
    level: "error",
    mayRepeat: true,
  },
  cpu_time_limit: {
    meaning: "The process has used as much processor time as --cpu-time-limit says",
    did: "gw let it finish what it could, and another process took its place",
    hint: "Nothing, when the limit is there to recycle workers; otherwise raise it",
    level: "warn",
    mayRepeat: true,
  },
  memory_limit: {
    meaning: "The process needs more memory than --memory-limit says",
    did: "gw let it finish what it could, and another process took its place",
    hint: "Find the leak, or raise the limit",
    level: "warn",
    mayRepeat: true,
  },
  script_reload: {
    meaning: "The app or the configuration was loaded anew",
    did: "gw let it finish what it had; another generation serves",
    hint: "Nothing",
    level: "info",
    mayRepeat: false,
  },
  scale_down: {
    meaning: "The group has fewer workers now: gw scale said so, or there was less to do",
    did: "gw let it finish what it had; its place is gone",
    hint: "Nothing; --processes says how few there may be",
    level: "info",
    mayRepeat: false,
  },
  drain: {
    meaning: "gw drain was typed for this worker; its place stays empty",
    did: "gw let it finish what it had; its place stays empty",
    hint: "gw restart --worker fills the place again",
    level: "info",
    mayRepeat: false,
  },
  crash: {
    meaning: "The process ended without having been told to",
    did: "gw answered its requests with 502, or cut those whose answer had begun, and started another process in its place",
    didIdle: "gw started another process in its place",
    didUnanswered: "Its end closed the connections of its clients; gw started another process in its place",
    hint: "gw logs has the line of its end, and the app's own output above that",
    level: "error",
    mayRepeat: true,
  },
});

/** The one word for why a worker was replaced. */
export type Reason = keyof typeof REASONS;

/** How a process ended, told apart by all that is known of it. The word is the `kind` of the log line. */
export const ENDINGS = {
  left: "It left when it was told to",
  killed_by_gw: "gw killed it, because it did not leave or could not",
  app_exit: "The app's code, or a hook's, called exit",
  uncaught_error: "An error that nobody caught ended it; the app's output holds the error",
  nothing_to_do: "The app had nothing left to do: it closed its server or lost what kept it alive",
  runtime_crash: "The runtime crashed; where it printed a report, its first line stands in the log line",
  cpu_limit: "The kernel killed it at the hard limit of --cpu-time-limit",
  memory_limit: "It got no more memory under --memory-limit or --virtual-memory-limit, and gave up",
  oom_killer: "The kernel killed it because the machine or its container had no memory left",
  outside_signal: "A signal ended it that did not come from gw",
  not_made: "The system could not make the process",
} as const satisfies Record<string, string>;

export type EndingKind = keyof typeof ENDINGS;
