import { expect, test } from "bun:test";
import type { MachineLine } from "../../../src/core/logging/log-format.ts";
import { SystemLog } from "../../../src/supervisor/logs/system-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const line = (message: string): MachineLine => ({
  wallMs: 0,
  level: "info",
  source: "supervisor",
  who: "",
  message,
  fields: {},
});

function setUp(answers: (string | undefined)[]) {
  const sent: string[] = [];
  const told: string[] = [];
  const make = () =>
    new SystemLog({
      target: { kind: "syslog", path: "/dev/log" },
      pid: 7,
      clock: new FakeClock(),
      owner: {
        onTrouble: (_path, why) => void told.push(`trouble: ${why}`),
        onRecovered: (_path, lines) => void told.push(`recovered: ${lines}`),
      },
      send: (_path, text) => {
        const reason = answers.shift();
        if (reason !== undefined) return { ok: false, reason };
        sent.push(text.replace(/^.*\]: /, ""));
        return { ok: true };
      },
    });
  return { sent, told, make };
}

test("system log: where nobody listens the start ends", () => {
  const { make } = setUp(["no such file"]);
  expect(make).toThrow("The log cannot go to /dev/log: no such file");
});

test("system log: what is not taken is dropped, told once, and counted when it goes on", () => {
  const { sent, told, make } = setUp([undefined, undefined, "full", "full"]);
  const log = make();
  for (const text of ["a", "b", "c"]) log.send(line(text));
  expect([log.trouble, log.dropped]).toEqual([{ file: "/dev/log", why: "full", lost: 2 }, 2]);
  for (const text of ["d", "e"]) log.send(line(text));
  expect([log.trouble, log.dropped]).toEqual([undefined, 2]);
  expect(sent).toEqual(["the log goes here", "a", "d", "e"]);
  expect(told).toEqual(["trouble: full", "recovered: 2"]);
});
