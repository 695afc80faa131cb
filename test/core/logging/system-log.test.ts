import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { MachineLine } from "../../../src/core/logging/log-format.ts";
import { readTarget, systemLogEntry } from "../../../src/core/logging/system-log.ts";

const LINE: MachineLine = {
  wallMs: new Date(2026, 0, 2, 3, 4, 5).getTime(),
  level: "warn",
  source: "front",
  who: "front 1",
  message: "request refused",
  fields: { "error.type": "queue_full", "http.response.status_code": 503 },
};
const JOURNAL = { kind: "journald", path: "/j" } as const;
const SYSLOG = { kind: "syslog", path: "/s" } as const;

describe("system log", () => {
  test("the journal gets fields", () => {
    expect(systemLogEntry(LINE, JOURNAL, 7)).toBe(
      "MESSAGE=front 1: request refused\nPRIORITY=4\nSYSLOG_IDENTIFIER=gw\nGW_SOURCE=front\nGW_PROCESS=front 1\nGW_ERROR_TYPE=queue_full\nGW_HTTP_RESPONSE_STATUS_CODE=503\n",
    );
  });

  test("syslog gets a line with facility, level, time, name and pid", () => {
    expect(systemLogEntry(LINE, SYSLOG, 7)).toBe(
      "<28>Jan  2 03:04:05 gw[7]: front 1: request refused error.type=queue_full http.response.status_code=503",
    );
  });

  test.each([
    ["terminal", undefined],
    ["journald", { kind: "journald", path: "/run/systemd/journal/socket" }],
    ["syslog", { kind: "syslog", path: "/dev/log" }],
    ["syslog:/run/log", { kind: "syslog", path: "/run/log" }],
    ["journal", undefined],
    ["syslog:relative", undefined],
  ])("%s", (text, wanted) => expect(readTarget(text)).toEqual(wanted as never));

  test("nothing that is said begins another field or line, or one of the journal's own", () => {
    const any = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(any, any, any, (message, name, value) => {
        const line = { ...LINE, message, fields: { [`_${name}`]: value } };
        const fields = systemLogEntry(line, JOURNAL, 1).slice(0, -1).split("\n");
        expect(fields).toHaveLength(6);
        for (const field of fields) expect(field).toMatch(/^[A-Z][A-Z0-9_]{0,63}=[^\n]*$/);
        expect(systemLogEntry(line, SYSLOG, 1)).not.toMatch(/[\n\0]/);
      }),
    );
  });
});
