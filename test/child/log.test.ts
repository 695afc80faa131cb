import { expect, test } from "bun:test";
import { createChannelLog } from "../../src/child/log.ts";
import type { FromChild } from "../../src/link/messages.ts";

test("channel log: a line goes to the supervisor with the fields that have a value, as text or number", () => {
  const said: FromChild[] = [];
  createChannelLog({ say: (message) => void said.push(message) }).warn("slow", {
    ms: 12,
    isKept: false,
    why: undefined,
    path: "/a",
  });
  expect(said).toEqual([
    { type: "log", level: "warn", text: "slow", fields: { ms: 12, isKept: "false", path: "/a" } },
  ]);
});
