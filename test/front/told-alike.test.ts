// Each error that a client can get is told by one word to all who ask: the client, gw's log, the metrics, the access log, the trace,
// and what gw why remembers. docs/faults.md relies on it where it names a cause.
import { describe, expect, test } from "bun:test";
import { type Cause, ERRORS, type ErrorRow, GwError } from "../../src/core/errors.ts";
import { Pipeline } from "../../src/front/pipeline.ts";
import { AccessLog } from "../../src/front/telling/access-log.ts";
import { LineRates } from "../../src/front/telling/line-rates.ts";
import { SpanLog } from "../../src/front/tracing/span-log.ts";
import { TraceIds } from "../../src/front/tracing/trace-ids.ts";
import { traceStage } from "../../src/front/tracing/tracer.ts";
import { readSpans } from "../../src/link/traces/read-spans.ts";
import { captureLog } from "../support/capture-log.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { anyHost } from "../support/front-process.ts";
import { HEADS } from "./fakes.ts";
import { PlainClient } from "./plain-client.ts";

const CAUSES = (Object.entries(ERRORS) as [Cause, ErrorRow][]).flatMap(([cause, { status }]) =>
  status === undefined ? [] : [[cause, status] as const],
);

/** All that is told of a request that was refused with this cause. */
function refuseWith(cause: Cause) {
  const clock = new FakeClock();
  const { log, lines } = captureLog();
  const accessed: string[] = [];
  const spans: string[] = [];
  const ids = new TraceIds((bytes) => crypto.getRandomValues(bytes));
  const spanLog = new SpanLog({ clock, pass: (text) => spans.push(text) });
  const accessLog = new AccessLog({
    ...{ format: "%{cause}n %s %{trace_id}n", sample: 1, exclude: [], clock, log },
    write(text, done) {
      accessed.push(text);
      done();
    },
  });
  const pipeline = new Pipeline({
    ...{ clock, log, rates: new LineRates(clock, log), groups: [anyHost("default")], heads: HEADS },
    ...{ defaultHost: "a", random: () => 0, isRunning: () => false, accessLog, spans: spanLog },
    owner: { onQuiet() {}, onLost() {}, onPressure() {}, onBug() {} },
    traces: traceStage({ sample: 1, timing: "off" }, { ids, random: () => 0, isTrusted: () => false }),
    guards: [
      () => {
        throw new GwError(cause);
      },
    ],
  });
  const client = new PlainClient();
  pipeline.onClient(client);
  clock.advance(1_000);
  spanLog.tick();
  const [span] = readSpans(spans.join(""));
  return { client, lines, access: accessed.join("").trim().split(" "), span, pipeline };
}

describe("told alike", () => {
  test.each(CAUSES)("%s, answered with %d", (cause, status) => {
    const { client, lines, access, span, pipeline } = refuseWith(cause);
    expect(client.answerFields.join(" ")).toContain(cause);
    const told = lines.find(({ fields }) => fields.cause === cause);
    expect(told?.fields).toMatchObject({ cause, status, trace: access[2] as string });
    const counted = pipeline.figures.filter(({ metric }) => metric === "gw_errors_total");
    expect(counted.map(({ labels, value }) => [...labels, value])).toEqual([[cause, 1]]);
    expect(access.slice(0, 2)).toEqual([cause, String(status)]);
    expect(span).toMatchObject({ kind: "request", status, error: { cause }, traceId: access[2] as string });
    expect(pipeline.telling.takeNotable()?.refused.map((one) => one.cause)).toEqual([cause]);
  });
});
