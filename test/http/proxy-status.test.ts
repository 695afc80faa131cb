import { expect, test } from "bun:test";
import { isOwnAnswer, proxyStatus } from "../../src/http/proxy-status.ts";

test("proxy status: gw knows its own answers again", () => {
  const own = proxyStatus("queue_full", "connection_limit_reached");
  expect(own).toBe('gw; error=connection_limit_reached; details="queue_full"');
  expect(isOwnAnswer(["Content-Type", "text/plain", "Proxy-Status", own])).toBe(true);
});

test.each([
  [[]],
  [["Proxy-Status", "other; error=connection_refused"]],
  [["Proxy-Status", "gw"]],
  [["X-Proxy-Status", proxyStatus("bug")]],
])("proxy status: %p is the answer of somebody else", (fields) => {
  expect(isOwnAnswer(fields)).toBe(false);
});
