// Which options of logs, metrics, traces and the status page do nothing, because what they belong to is off; and which paths
// of gw's own would hide each other. Pure.

import type { Problem } from "../declare/problems.ts";
import type { Key, Settings } from "../declare/table.ts";

/** What an option belongs to: undefined when it is there, else why not, as the end of a sentence. */
type Owner = (settings: Settings) => string | undefined;

const accessLog: Owner = (of) => (of.accessLog ? undefined : "accessLog is off");

const recorder: Owner = (of) =>
  of.recorderDirectory === undefined ? "there is no recorderDirectory" : undefined;

const evidence: Owner = (of) =>
  of.evidenceDirectory === undefined ? "there is no evidenceDirectory" : undefined;

const statusPage: Owner = (of) => (of.serverStatus ? undefined : "serverStatus is off");

const metricsPort: Owner = (of) => (of.metricsPort === undefined ? "there is no metricsPort" : undefined);

const logFiles: Owner = (of) => {
  if (of.logDirectory === undefined) return "there is no logDirectory";
  return of.logToTerminal ? "logToTerminal sends all logs to the terminal" : undefined;
};

const rotation: Owner = (of) => logFiles(of) ?? (of.rotateLogs ? undefined : "rotateLogs is off");

const collector: Owner = (of) => (of.otlpEndpoint === undefined ? "there is no otlpEndpoint" : undefined);

const toldMetrics: Owner = (of) =>
  collector(of) ?? (of.otlpSignals.includes("metrics") ? undefined : "otlpSignals leaves metrics out");

const traces: Owner = (of) => {
  const isTold = of.otlpEndpoint !== undefined && of.otlpSignals.includes("traces");
  if (isTold || of.traceSample !== undefined) return undefined;
  return "there are no traces: neither traceSample nor an otlpEndpoint for them is given";
};

const recordedTraces: Owner = (of) => (of.serverTiming === "recorded" ? traces(of) : undefined);

const OWNERS: readonly (readonly [Key, Owner])[] = [
  ["accessLogFormat", accessLog],
  ["accessLogSample", accessLog],
  ["accessLogExclude", accessLog],
  ["recorderKeep", recorder],
  ["recorderBody", recorder],
  ["evidenceKeep", evidence],
  ["evidenceSize", evidence],
  ["metricsHost", metricsPort],
  ["serverStatusPath", statusPage],
  ["serverStatusAllow", statusPage],
  ["rotateLogs", logFiles],
  ["maxLogSize", rotation],
  ["rotateKeep", rotation],
  ["rotateCompress", rotation],
  ["otlpSignals", collector],
  ["otlpInterval", toldMetrics],
  ["serverTiming", recordedTraces],
  ["trustTrace", traces],
];

/** One sentence each of what is allowed, but does not do what it looks like. */
export function findIdleTellingSettings({
  settings,
  setBy,
}: {
  settings: Settings;
  setBy: (key: Key) => string | undefined;
}): string[] {
  return OWNERS.flatMap(([key, owner]) => {
    const by = setBy(key);
    // Who says that something is off, or names nobody, expects nothing of it.
    if (by === undefined || isNothing(settings[key])) return [];
    const why = owner(settings);
    return why === undefined ? [] : [`${key} (${by}) has no effect, because ${why}`];
  });
}

/** Answered on the port for metrics, whatever is said. */
const OF_METRICS: readonly string[] = ["/metrics", "/healthz", "/readyz"];

type PathInput = { settings: Settings; setBy: (key: Key) => string | undefined };

export const TELLING_RULES: Readonly<Record<string, (input: PathInput) => Problem[]>> = {
  pathsDiffer({ settings, setBy }) {
    const paths = pathsOf(settings);
    return paths.flatMap(([key, path], at) => {
      const [other] = paths.slice(0, at).find(([, taken]) => taken === path) ?? [];
      if (other === undefined) return [];
      return [equal(`${key} and ${other} are both ${path}`, setBy(key) ?? setBy(other))];
    });
  },

  pageHidesNoMetrics({ settings, setBy }) {
    const { serverStatus, metricsPort } = settings;
    const path = plain(settings.serverStatusPath);
    if (!serverStatus || metricsPort === undefined || !OF_METRICS.includes(path)) return [];
    const what = `serverStatusPath would hide ${path} on the port for metrics`;
    return [equal(what, setBy("serverStatusPath"))];
  },
};

/** The page is at its path with a slash at the end, too. */
const plain = (path: string) => path.replace(/(?<=.)\/$/, "");

function pathsOf(settings: Settings): [Key, string][] {
  const { healthPath, readyPath, serverStatus, serverStatusPath } = settings;
  return [
    ...(healthPath === undefined ? [] : [["healthPath", plain(healthPath)] satisfies [Key, string]]),
    ...(readyPath === undefined ? [] : [["readyPath", plain(readyPath)] satisfies [Key, string]]),
    ...(serverStatus ? [["serverStatusPath", plain(serverStatusPath)] satisfies [Key, string]] : []),
  ];
}

function equal(what: string, from: string | undefined): Problem {
  return {
    cause: "configuration",
    what,
    advice: "Give each a path of its own",
    ...(from !== undefined && { from }),
  };
}

const isNothing = (value: unknown) => value === false || (Array.isArray(value) && value.length === 0);
