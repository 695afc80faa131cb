// Events that take their time: a crash loop, and requests that are refused for want of room, each with its end. Apart from the
// others: `npm run test:slow`.
import { expect, setDefaultTimeout, test } from "bun:test";
import type { ServerEvent } from "../../src/link/server-events.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { writeProcessApp } from "../support/process-app.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { keepEvents, toldEvents } from "../support/told-events.ts";

setDefaultTimeout(300_000);

async function start(dir: TempDir, ...args: string[]) {
  const file = `${dir.path}/events`;
  const gw = await startGw([writeProcessApp(dir), ...args, "--on-event", keepEvents(file)]);
  const told = () => toldEvents(file);
  return { gw, told };
}

test("slow events: a crash loop, and that the app serves again", async () => {
  using dir = makeTempDir();
  const { gw, told } = await start(dir);
  await using _gw: Gw = gw;
  dir.write("app.ts", "throw new Error('broken by hand');");
  await fetch(`${gw.url}exit?code=3`);
  const loop = () => told().find(({ event }) => event === "crash_loop");
  await eventually(() => loop() !== undefined, "the loop is told", 120_000);
  expect(loop()).toMatchObject({ subject: "worker 1", message: expect.stringContaining("broken by hand") });
  writeProcessApp(dir);
  const isOver = ({ event, subject }: ServerEvent) => event === "recovered" && subject === "worker 1";
  await eventually(() => told().some(isOver), "its end is told", 120_000);
  // Deaths follow each other within seconds: the same is told once a minute.
  expect(told().filter(({ event }) => event === "crash").length).toBeLessThanOrEqual(2);
});

test("slow events: requests are refused for seconds, and then no more", async () => {
  using dir = makeTempDir();
  const args = [
    "--concurrency",
    "1",
    "--max-queue",
    "1",
    "--shutdown-timeout",
    "1s",
    "--graceful-timeout",
    "1s",
  ];
  const { gw, told } = await start(dir, ...args);
  await using _gw: Gw = gw;
  const enough = new AbortController();
  const { signal } = enough;
  const held = ["never", "slow?ms=1"].map((path) => fetch(gw.url + path, { signal }).catch(() => {}));
  await gw.until(/hanging/);
  let refused = 0;
  const isTold = () => told().some(({ event }) => event === "shedding");
  await eventually(
    async () => {
      const { status } = await fetch(gw.url);
      if (status === 503) refused++;
      return isTold();
    },
    "the shedding is told",
    60_000,
  );
  expect(refused).toBeGreaterThan(5);
  expect(told().find(({ event }) => event === "shedding")?.details).toEqual({
    causes: { queue_full: expect.any(Number) },
  });
  enough.abort();
  await Promise.all(held);
  await eventually(() => told().some(({ event }) => event === "recovered"), "its end is told", 120_000);
});
