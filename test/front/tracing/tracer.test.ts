import { describe, expect, test } from "bun:test";
import { TraceIds } from "../../../src/front/tracing/trace-ids.ts";
import { traceStage } from "../../../src/front/tracing/tracer.ts";
import type { TraceContext } from "../../../src/http/traces/trace-context.ts";
import { visitOf } from "../fakes.ts";
import { PlainClient } from "../plain-client.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const SAID = ["traceparent", `00-${TRACE}-${SPAN}-01`, "tracestate", "v=1"];
const UNRECORDED = ["traceparent", `00-${TRACE}-${SPAN}-00`];

type Given = { fields?: string[]; sample?: number; random?: number; trusts?: boolean };

function traceOf({ fields = [], sample = 0.5, random = 0.4, trusts = false }: Given = {}): TraceContext {
  const visit = visitOf(new PlainClient({ fields }));
  const ids = new TraceIds((bytes) => crypto.getRandomValues(bytes));
  const asked: string[] = [];
  const isTrusted = (address: string) => asked.push(address) > 0 && trusts;
  expect(
    traceStage({ sample, timing: "off" }, { ids, random: () => random, isTrusted })(visit),
  ).toBeUndefined();
  expect(asked.every((address) => address === visit.client.peer.address)).toBe(true);
  if (!visit.trace) throw new Error("it has no trace");
  return visit.trace;
}

describe("tracer", () => {
  test("a share of the requests is recorded, and all have a trace", () => {
    expect(traceOf({ random: 0.49 }).isSampled).toBe(true);
    expect(traceOf({ random: 0.5 }).isSampled).toBe(false);
    expect(traceOf({ sample: 0, random: 0 }).isSampled).toBe(false);
    expect(traceOf({ sample: 1, random: 0.999 }).isSampled).toBe(true);
    const { traceId, spanId, onwardId, parentId, link } = traceOf();
    expect([traceId.length, spanId.length, onwardId.length, parentId, link]).toEqual([
      32,
      16,
      16,
      undefined,
      undefined,
    ]);
    expect(spanId).not.toBe(onwardId);
  });

  test("who is believed decides with its own trace", () => {
    expect(traceOf({ fields: SAID, trusts: true, random: 0.9 })).toMatchObject({
      traceId: TRACE,
      parentId: SPAN,
      state: "v=1",
      isSampled: true,
      link: undefined,
    });
    expect(traceOf({ fields: UNRECORDED, trusts: true, random: 0 })).toMatchObject({
      traceId: TRACE,
      isSampled: false,
    });
  });

  test("anybody else gets another trace, linked to its own, and decides nothing", () => {
    const trace = traceOf({ fields: SAID, random: 0.9 });
    expect(trace).toMatchObject({ parentId: undefined, state: undefined, isSampled: false });
    expect(trace.traceId).not.toBe(TRACE);
    expect(trace.link).toMatchObject({ traceId: TRACE, parentId: SPAN });
    expect(traceOf({ fields: UNRECORDED, random: 0 }).isSampled).toBe(true);
  });

  test.each([
    ["off", 1, false],
    ["recorded", 1, true],
    ["recorded", 0, false],
    ["recorded", undefined, false],
    ["all", 0, true],
    ["all", undefined, true],
  ] as const)("timing %s, with a share of %p", (timing, sample, tells) => {
    const visit = visitOf(new PlainClient());
    const ids = new TraceIds((bytes) => crypto.getRandomValues(bytes));
    const setup = { timing, ...(sample !== undefined && { sample }) };
    traceStage(setup, { ids, random: () => 0.5, isTrusted: () => false })(visit);
    expect([visit.tellsTiming, visit.trace !== undefined]).toEqual([tells, sample !== undefined]);
  });
});
