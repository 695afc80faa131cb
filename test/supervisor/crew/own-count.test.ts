import { expect, test } from "bun:test";
import { Sums } from "../../../src/metrics/sums.ts";
import { ownCountOf } from "../../../src/supervisor/crew/own-count.ts";

const run = (requests: number) => ({ pulse: { atMs: 0, lagMs: 0, active: 0, ageSumMs: 0, requests } });

test("own count: workers of a group add up, also those that have ended", () => {
  const sums = new Sums();
  const [first, second] = [{}, {}];
  sums.note(first, ownCountOf("shop", run(5)));
  sums.end(first);
  sums.note(second, ownCountOf("shop", run(2)));
  expect(sums.samples).toEqual([{ metric: "gw_worker_requests_total", labels: ["shop"], value: 7 }]);
});
