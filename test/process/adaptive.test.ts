// --concurrency auto on the real thing: a worker that computes is given no more than keeps it busy, and status and figures say so.
import { expect, setDefaultTimeout, test } from "bun:test";
import { obey, statusOf, workersOf } from "../support/control.ts";
import { eventually, startGw } from "../support/gw.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(90_000);

/** Limits are found from times that are measured: beside others who compute that takes longer. */
const FOUND_WITHIN_MS = 60_000;

const APP = `
export default {
  fetch() {
    const until = performance.now() + 5;
    while (performance.now() < until);
    return new Response("ok");
  },
};
`;

test("concurrency auto: several front ends come to what keeps the worker busy as well, all together", async () => {
  using temp = makeTempDir();
  const several = ["--concurrency", "auto", "--front-ends", "3"];
  await using gw = await startGw([temp.write("app.ts", APP), ...several]);
  const limit = async () => workersOf(await statusOf(gw))[0]?.concurrency ?? 0;
  expect(await limit()).toBeLessThanOrEqual(16);
  // Enough for each of them to have more than it may give the worker, however the system deals them out.
  await using load = startLoad(gw.url, 48, { headers: { connection: "close" } });
  await eventually(
    async () => {
      const now = await limit();
      return now > 0 && now <= 8;
    },
    "the limits together fall below eight",
    FOUND_WITHIN_MS,
  );
  const { counts } = await load.finish();
  expect(Object.keys(counts)).toEqual(["200"]);
});

test("concurrency auto: what a worker that computes may have at once falls to what keeps it busy, and is told", async () => {
  using temp = makeTempDir();
  await using gw = await startGw([temp.write("app.ts", APP), "--concurrency", "auto"]);
  const limit = async () => workersOf(await statusOf(gw))[0]?.concurrency ?? 0;
  await using load = startLoad(gw.url, 32);
  await eventually(
    async () => {
      const now = await limit();
      return now > 0 && now <= 8;
    },
    "the limit falls below eight",
    FOUND_WITHIN_MS,
  );
  expect(await obey(gw, "status")).toMatch(/ of \d\b/);
  expect(await obey(gw, "metrics")).toMatch(/gw_worker_concurrency\{group="default",slot="1"\} \d\b/);
  const { counts } = await load.finish();
  expect(Object.keys(counts)).toEqual(["200"]);
});
