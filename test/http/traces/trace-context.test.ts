import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readTrace, type TraceContext, traceparentOf } from "../../../src/http/traces/trace-context.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const of = (traceparent: string, ...more: string[]) => readTrace(["Traceparent", traceparent, ...more]);

describe("trace context: what clients say", () => {
  test.each([
    ["recorded", `00-${TRACE}-${SPAN}-01`, true],
    ["not recorded", `00-${TRACE}-${SPAN}-00`, false],
    ["with flags of a later level", `00-${TRACE}-${SPAN}-03`, true],
    ["of a later version", `01-${TRACE}-${SPAN}-01`, true],
    ["of a later version, with more behind it", `cc-${TRACE}-${SPAN}-00-what-else`, false],
  ])("%s", (_, said, isSampled) => {
    expect(of(said)).toEqual({ traceId: TRACE, parentId: SPAN, isSampled, state: undefined });
  });

  test.each([
    ["nothing", ""],
    ["more behind version 00", `00-${TRACE}-${SPAN}-01-x`],
    ["version ff", `ff-${TRACE}-${SPAN}-01`],
    ["a trace of zeros", `00-${"0".repeat(32)}-${SPAN}-01`],
    ["a span of zeros", `00-${TRACE}-${"0".repeat(16)}-01`],
    ["capitals", `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ["a short id", `00-${TRACE.slice(1)}-${SPAN}-01`],
    ["two of them", `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
  ])("%s is no trace", (_, said) => {
    expect(of(said)).toBeUndefined();
  });

  test("two fields are as good as none", () => {
    const said = `00-${TRACE}-${SPAN}-01`;
    expect(of(said, "traceparent", said)).toBeUndefined();
    expect(readTrace(["A", said])).toBeUndefined();
  });

  test.each([
    ["one member", ["rojo=00f067aa0ba902b7"], "rojo=00f067aa0ba902b7"],
    ["several fields are one list", ["a=1", "b=2 , ,c@d=3"], "a=1,b=2,c@d=3"],
    ["a member that is none", ["a=1,b"], undefined],
    ["a value with a comma or an equals sign in it", ["a=1=2"], undefined],
    ["too many", [Array.from({ length: 33 }, (_, at) => `a${at}=1`).join(",")], undefined],
    ["none", [","], undefined],
  ])("tracestate: %s", (_, states, state) => {
    const fields = states.flatMap((value) => ["tracestate", value]);
    expect(of(`00-${TRACE}-${SPAN}-01`, ...fields)?.state).toBe(state);
  });

  test("tracestate: what there is no room for is left out from the right, in whole members", () => {
    const member = (name: string) => `${name}=${"x".repeat(200)}`;
    const state = of(`00-${TRACE}-${SPAN}-01`, "tracestate", [member("a"), member("b"), member("c")].join());
    expect(state?.state).toBe([member("a"), member("b")].join());
  });

  test("whatever a client sends, what is read of it can be written into a field", () => {
    const said = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom("0", "a", "-", "f") }),
      fc.constant(`00-${TRACE}-${SPAN}-01`),
    );
    fc.assert(
      fc.property(said, fc.string(), (traceparent, tracestate) => {
        const read = of(traceparent, "tracestate", tracestate);
        if (!read) return;
        expect(read.traceId).toMatch(/^[0-9a-f]{32}$/);
        expect(read.parentId).toMatch(/^[0-9a-f]{16}$/);
        expect(read.state ?? "").toMatch(/^[\x20-\x7e]{0,512}$/);
      }),
    );
  });
});

test("trace context: what is said is read back", () => {
  const context = { traceId: TRACE, isSampled: true } as TraceContext;
  expect(of(traceparentOf(context, SPAN))).toMatchObject({ traceId: TRACE, parentId: SPAN, isSampled: true });
  expect(of(traceparentOf({ ...context, isSampled: false }, SPAN))?.isSampled).toBe(false);
});
