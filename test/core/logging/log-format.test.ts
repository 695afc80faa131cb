import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { LogLine } from "../../../src/core/log.ts";
import {
  appLine,
  machineLine,
  renderJson,
  renderLogfmt,
  withRequestId,
} from "../../../src/core/logging/log-format.ts";

const AT = Date.UTC(2026, 0, 1);
const REFUSED: LogLine = {
  level: "warn",
  tag: "front 1",
  text: "request refused",
  fields: { cause: "queue_full", status: 503, id: "r-1", path: "/a", group: undefined, afterMs: 2 },
};

describe("log format: gw's own lines", () => {
  test("json, with names that others use", () => {
    expect(JSON.parse(renderJson(machineLine(REFUSED, AT)))).toEqual({
      "@timestamp": "2026-01-01T00:00:00.000Z",
      "log.level": "warn",
      "log.source": "front",
      "gw.process": "front 1",
      message: "request refused",
      "error.type": "queue_full",
      "http.response.status_code": 503,
      "http.request.id": "r-1",
      "url.path": "/a",
      "gw.afterMs": 2,
    });
  });

  test("logfmt", () => {
    expect(renderLogfmt(machineLine(REFUSED, AT))).toBe(
      'time=2026-01-01T00:00:00.000Z level=warn source=front process="front 1" message="request refused" error.type=queue_full http.response.status_code=503 http.request.id=r-1 url.path=/a gw.afterMs=2',
    );
  });
});

describe("log format: an app's lines", () => {
  test.each([
    ["stdout", "hello", "info", "hello", {}],
    ["stderr", "oh", "error", "oh", {}],
    ["stderr", '{"level":"info","msg":"m","a":1}', "info", "m", { a: 1 }],
    ["stdout", '{"level":50,"msg":"pino","pid":3}', "error", "pino", { pid: 3 }],
    ["stdout", '{"severity":"WARNING","message":"gcp"}', "warn", "gcp", {}],
    ["stdout", '{"log.level":"debug","message":"ecs"}', "debug", "ecs", {}],
    ["stdout", '{"message":"both","msg":"other"}', "info", "both", { msg: "other" }],
    ["stdout", '{"a":{"b":[1]}}', "info", "", { a: { b: [1] } }],
    ["stdout", '{"level":"constructor"}', "info", "", {}],
    [
      "stdout",
      '{"log.source":"supervisor","@timestamp":"x"}',
      "info",
      "",
      { "app.log.source": "supervisor", "app.@timestamp": "x" },
    ],
    ["stdout", "{broken}", "info", "{broken}", {}],
    ["stdout", "[1]", "info", "[1]", {}],
  ] as const)("%s %s", (stream, text, level, message, fields) => {
    expect(appLine("worker 1", stream, [text], AT)).toEqual({
      wallMs: AT,
      level,
      source: "app",
      who: "worker 1",
      message,
      fields,
    });
  });
});

test("log format: an error with its stack is one record, what was printed at once without one is one message", () => {
  const error = ["1 | throw x", "    ^", "TypeError: broken", "      at f (/app.ts:1:1)"];
  expect(appLine("worker 1", "stderr", error, AT)).toMatchObject({
    level: "error",
    message: "TypeError: broken",
    fields: { "error.stack_trace": error.join("\n") },
  });
  expect(appLine("worker 1", "stdout", ["a", "b"], AT)).toMatchObject({ message: "a\nb", fields: {} });
});

describe("log format: whatever is said", () => {
  const any = fc.string({ unit: "binary" });

  test("is one line that moves no cursor, and json reads it back", () => {
    fc.assert(
      fc.property(any, any, any, (text, name, value) => {
        const line = machineLine({ level: "info", tag: "", text, fields: { [`x${name}`]: value } }, AT);
        for (const rendered of [renderJson(line), renderLogfmt(line)])
          expect(rendered).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
        expect(JSON.parse(renderJson(line))).toMatchObject({ message: text, [`gw.x${name}`]: value });
      }),
    );
  });

  test("an app's object is one line too, and says nothing in our name", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const line = renderJson(appLine("worker 1", "stdout", [text], AT));
        expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
        expect(JSON.parse(line)).toMatchObject({ "log.source": "app", "gw.process": "worker 1" });
      }),
    );
  });
});

describe("log format: an app cannot speak for gw", () => {
  const FORGED =
    '{"time":1,"level":"info","source":"supervisor","process":"front 1","http.request.id":"FORGED","msg":"hi"}';
  const line = withRequestId(appLine("worker 1", "stdout", [FORGED], AT), "real");

  test("in logfmt its fields stand beside gw's under names of their own", () => {
    expect(renderLogfmt(line)).toBe(
      'time=2026-01-01T00:00:00.000Z level=info source=app process="worker 1" message=hi http.request.id=real app.time=1 app.source=supervisor app.process="front 1" app.http.request.id=FORGED',
    );
  });

  test("in JSON the id of the request is gw's", () => {
    expect(JSON.parse(renderJson(line))).toMatchObject({
      "log.source": "app",
      "http.request.id": "real",
      "app.http.request.id": "FORGED",
      time: 1,
    });
  });
});
