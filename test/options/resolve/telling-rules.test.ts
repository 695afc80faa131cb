// What is told of options for logs, metrics, traces and the status page that do nothing.
import { describe, expect, test } from "bun:test";
import { resolve } from "../../../src/options/resolve/resolve.ts";
import { good } from "../configured.ts";
import { factsWith } from "../facts.ts";

const warningsOf = (...flags: string[]) =>
  good(resolve({ argv: ["app.ts", ...flags], env: {}, facts: factsWith() })).warnings;
const COLLECTOR = ["--otlp-endpoint", "http://localhost:4318"];
const NO_TRACES = "there are no traces: neither traceSample nor an otlpEndpoint for them is given";

describe("telling rules: what has no effect is said, and with what it belongs to it is not", () => {
  test.each<[key: string, flags: string[], why: string, owner: string[]]>([
    ["accessLogFormat", ["--access-log-format", "combined"], "accessLog is off", ["--access-log"]],
    ["accessLogSample", ["--access-log-sample", "1%"], "accessLog is off", ["--access-log"]],
    ["accessLogExclude", ["--access-log-exclude", "/a"], "accessLog is off", ["--access-log"]],
    [
      "recorderKeep",
      ["--recorder-keep", "5"],
      "there is no recorderDirectory",
      ["--recorder-directory", "r"],
    ],
    [
      "recorderBody",
      ["--recorder-body", "5"],
      "there is no recorderDirectory",
      ["--recorder-directory", "r"],
    ],
    [
      "evidenceKeep",
      ["--evidence-keep", "5"],
      "there is no evidenceDirectory",
      ["--evidence-directory", "e"],
    ],
    [
      "evidenceSize",
      ["--evidence-size", "64k"],
      "there is no evidenceDirectory",
      ["--evidence-directory", "e"],
    ],
    ["metricsHost", ["--metrics-host", "::1"], "there is no metricsPort", ["--metrics-port", "0"]],
    ["serverStatusPath", ["--server-status-path", "/s"], "serverStatus is off", ["--server-status"]],
    ["serverStatusAllow", ["--server-status-allow", "::1"], "serverStatus is off", ["--server-status"]],
    ["rotateLogs", ["--rotate-logs"], "there is no logDirectory", ["--log-directory", "logs"]],
    [
      "maxLogSize",
      ["--max-log-size", "1M"],
      "there is no logDirectory",
      ["--log-directory", "l", "--rotate-logs"],
    ],
    [
      "rotateKeep",
      ["--rotate-keep", "3"],
      "there is no logDirectory",
      ["--log-directory", "l", "--rotate-logs"],
    ],
    [
      "rotateCompress",
      ["--rotate-compress"],
      "there is no logDirectory",
      ["--log-directory", "l", "--rotate-logs"],
    ],
    ["otlpSignals", ["--otlp-signals", "traces"], "there is no otlpEndpoint", COLLECTOR],
    ["otlpInterval", ["--otlp-interval", "5s"], "there is no otlpEndpoint", COLLECTOR],
    ["serverTiming", ["--server-timing", "recorded"], NO_TRACES, COLLECTOR],
    ["trustTrace", ["--trust-trace", "::1"], NO_TRACES, ["--trace-sample", "0"]],
  ])("telling rules: %s", (key, flags, why, owner) => {
    expect(warningsOf(...flags)).toEqual([`${key} (${flags[0]}) has no effect, because ${why}`]);
    expect(warningsOf(...flags, ...owner)).toEqual([]);
  });

  test("telling rules: what is half there is told by what is missing", () => {
    expect(warningsOf("--log-directory", "l", "--rotate-keep", "3")).toEqual([
      "rotateKeep (--rotate-keep) has no effect, because rotateLogs is off",
    ]);
    expect(warningsOf("--log-directory", "l", "--log-to-terminal", "--rotate-logs")).toEqual([
      "rotateLogs (--rotate-logs) has no effect, because logToTerminal sends all logs to the terminal",
    ]);
    expect(warningsOf(...COLLECTOR, "--otlp-signals", "traces", "--otlp-interval", "5s")).toEqual([
      "otlpInterval (--otlp-interval) has no effect, because otlpSignals leaves metrics out",
    ]);
    expect(warningsOf(...COLLECTOR, "--otlp-signals", "metrics", "--trust-trace", "::1")).toEqual([
      `trustTrace (--trust-trace) has no effect, because ${NO_TRACES}`,
    ]);
  });

  test("telling rules: what is said to be off, and timings of all answers, miss nothing", () => {
    expect(warningsOf("--no-rotate-logs", "--no-rotate-compress", "--server-timing", "all")).toEqual([]);
  });
});

test.each<[format: string, advice: string]>([
  ["%h %y", 'It has "%y", which is no directive of gw; docs/access-log.md lists all directives'],
  ["%{nope}n", 'It has "%{nope}n", which is no directive of gw; docs/access-log.md lists all directives'],
  ["plain", "It has no directive at all; docs/access-log.md lists all directives"],
])("telling rules: of the format %j the part that is wrong is named", (format, advice) => {
  const argv = ["app.ts", "--access-log", "--access-log-format", format];
  const { problems = [] } = resolve({ argv, env: {}, facts: factsWith() });
  expect(problems.map((problem) => problem.advice)).toEqual([advice]);
});

describe("telling rules: paths of gw's own do not hide each other", () => {
  const problemsOf = (...flags: string[]) =>
    resolve({ argv: ["app.ts", ...flags], env: {}, facts: factsWith() }).problems?.map(({ what }) => what);
  const PAGE = ["--server-status", "--server-status-path"];

  test.each<[flags: string[], what: string | undefined]>([
    [["--health-path", "/x", "--ready-path", "/x"], "readyPath and healthPath are both /x"],
    [["--health-path", "/x", ...PAGE, "/x/"], "serverStatusPath and healthPath are both /x"],
    [["--ready-path", "/x", ...PAGE, "/x"], "serverStatusPath and readyPath are both /x"],
    [
      [...PAGE, "/metrics", "--metrics-port", "9100"],
      "serverStatusPath would hide /metrics on the port for metrics",
    ],
    [
      [...PAGE, "/readyz", "--metrics-port", "9100"],
      "serverStatusPath would hide /readyz on the port for metrics",
    ],
    [[...PAGE, "/metrics"], undefined],
    [["--health-path", "/x", "--ready-path", "/y", ...PAGE, "/z", "--metrics-port", "9100"], undefined],
    [["--health-path", "/server-status"], undefined],
  ])("%j", (flags, what) => {
    expect(problemsOf(...flags)).toEqual(what === undefined ? undefined : [what]);
  });
});
