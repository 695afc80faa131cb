// What each signal means to gw, by who gets it. The handlers, the log and docs/signals.md are made of these rows.

type SignalRow<Act extends string> = { does: Act; meaning: string };
type SignalTable<Act extends string> = Partial<Record<NodeJS.Signals, SignalRow<Act>>>;

export type ServerAct = "stop" | "reload" | "restart workers" | "reopen logs";

/** To the process that was started as `gw start-server`. */
export const SERVER_SIGNALS = {
  SIGINT: {
    does: "stop",
    meaning:
      "Stop: take nothing new, finish what runs within `--graceful-timeout`, let the apps shut down, leave. A second one stops at once, when it comes half a second later or more: starters such as npm hand on what the terminal has sent to gw already.",
  },
  SIGTERM: { does: "stop", meaning: "The same as SIGINT." },
  SIGHUP: {
    does: "reload",
    meaning:
      "Reload: as `gw reload`, the configuration and the app are loaded anew into a complete new generation, and the old one serves until all of it is ready. When it comes because gw's terminal has just been closed it is a stop, unless gw was started with nohup: then it is nothing.",
  },
  SIGUSR1: {
    does: "restart workers",
    meaning:
      "Replace all workers, in each group one after the other. Each one serves until its successor is ready, and then finishes what it has within `--eviction-timeout`. No request fails.",
  },
  SIGUSR2: {
    does: "reopen logs",
    meaning:
      "Open the files in `--log-directory` anew, after they have been moved away. Without one it is noted in the log.",
  },
} as const satisfies SignalTable<ServerAct>;

export type WorkerAct = "leave" | "be evicted" | "leave for its processor time" | "nothing";

/** To a worker process. */
export const WORKER_SIGNALS = {
  SIGTERM: {
    does: "leave",
    meaning:
      "Leave: a successor is started at once, and requests wait for it. What runs has `--shutdown-timeout` to finish. The app's own listeners for SIGTERM are called when that is done, as on every other way out.",
  },
  SIGUSR1: {
    does: "be evicted",
    meaning:
      "Leave when the successor is ready, at the latest after `--eviction-timeout`, which is also the time for what still runs then.",
  },
  SIGXCPU: {
    does: "leave for its processor time",
    meaning: "The kernel sends it at `--cpu-time-limit`: as SIGUSR1, within `--graceful-timeout`.",
  },
  SIGINT: {
    does: "nothing",
    meaning:
      "Nothing: a terminal sends it to every process, and when to stop is for gw to say. The app's own listeners for it are called at the end, where it has none for SIGTERM.",
  },
  SIGHUP: { does: "nothing", meaning: "Nothing, for the same reason." },
  SIGUSR2: { does: "nothing", meaning: "Nothing." },
} as const satisfies SignalTable<WorkerAct>;

/** A table's rows, for handlers and pages. */
export function signalRows<Act extends string>(
  table: SignalTable<Act>,
): (SignalRow<Act> & { signal: NodeJS.Signals })[] {
  return Object.entries(table).map(([signal, row]) => ({ ...row, signal: signal as NodeJS.Signals }));
}
