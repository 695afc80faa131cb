import { expect, test } from "bun:test";
import { createLaneOf } from "../../../src/front/queue/priorities.ts";

const laneOf = createLaneOf([
  { path: "/health", priority: "high" },
  { path: "/reports/*", priority: "low" },
  { path: "/reports/live", priority: "high" },
]);

test.each([
  ["/health", 0],
  ["/health?full", 0],
  ["/health/", 1],
  ["/healthy", 1],
  ["/", 1],
  ["/reports", 1],
  ["/reports/", 2],
  ["/reports/2026?x=/health", 2],
  ["/reports/live", 0],
  ["/reports/live/1", 2],
  // As a browser reads it.
  ["/reports/../health", 0],
  ["/he%61lth", 0],
  ["/reports/%2e%2e/a", 1],
])("priorities: %s waits in lane %d", (target, lane) => {
  expect(laneOf(target)).toBe(lane);
});

test("priorities: all below the top, and without any rule everything is normal", () => {
  expect(createLaneOf([{ path: "/*", priority: "low" }])("/a/b")).toBe(2);
  expect(createLaneOf()("/health")).toBe(1);
});
