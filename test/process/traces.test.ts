// Traces on the binary: what an app is told, in both forms in which it is spoken to.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { FORMS } from "../support/both-forms.ts";
import { type Gw, startGw } from "../support/gw.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SAID = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01`, tracestate: "v=1" };
/** It answers with what it was told of the trace. */
const app = (http2: boolean) => `export default {
  http2: ${http2},
  fetch: ({ headers }) => Response.json([headers.get("traceparent"), headers.get("tracestate")]),
};`;

const told = async (gw: Gw): Promise<[string | null, string | null]> =>
  (await fetch(gw.url, { headers: SAID })).json();

describe.each(FORMS.map((form) => [form]))("traces (%s)", (form) => {
  test("who is believed goes on with its trace; the access log has the same id", async () => {
    using dir = makeTempDir();
    const words = [dir.write("app.ts", app(form === "HTTP/2")), "--trace-sample", "0"];
    const log = ["--access-log", "--access-log-format", "trace=%{trace_id}n"];
    await using gw = await startGw([...words, ...log, "--trust-trace", "127.0.0.0/8"]);
    const [traceparent, tracestate] = await told(gw);
    expect(traceparent).toMatch(new RegExp(`^00-${TRACE}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
    expect(tracestate).toBe("v=1");
    await gw.until(new RegExp(`trace=${TRACE}`));
  });

  test("who is not gets a trace of its own, and without traces what it says passes", async () => {
    using dir = makeTempDir();
    const path = dir.write("app.ts", app(form === "HTTP/2"));
    {
      await using gw = await startGw([path, "--trace-sample", "100%"]);
      const [traceparent, tracestate] = await told(gw);
      expect(traceparent).toMatch(new RegExp(`^00-(?!${TRACE})[0-9a-f]{32}-[0-9a-f]{16}-01$`));
      expect(tracestate).toBe(null);
    }
    await using gw = await startGw([path]);
    expect(await told(gw)).toEqual([SAID.traceparent, SAID.tracestate]);
  });
});
