// Faults that take their time to show. Apart from the others: `npm run test:slow`. The page docs/faults.md leads here.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { eventually, startGw } from "../support/gw.ts";
import { urlDoing, writeObedientApp } from "../support/obedient-app.ts";
import { childInRole } from "../support/proc-status.ts";
import { connectRaw } from "../support/raw-http.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { startWiredGw } from "../support/wired-gw.ts";

setDefaultTimeout(180_000);

const MB = 2 ** 20;

test("slow faults: a request that kills its worker, twenty times: 502 each, run once each, and the others are served", async () => {
  using dir = makeTempDir();
  await using gw = await startGw([writeObedientApp(dir), "--processes", "2"]);
  await using load = startLoad(gw.url, 2);
  for (let n = 1; n <= 20; n++) {
    const answer = await fetch(urlDoing(gw, 'console.log("poison"); process.exit(1);', "/poison"));
    expect(answer.status).toBe(502);
    const before = load.total;
    await eventually(() => load.total > before + 20, "twenty more are answered", 30_000);
  }
  const { counts, total } = await load.finish();
  // Only bystanders of a death have lost their answer: each of the two clients may ask once more before it is known.
  expect((counts[200] ?? 0) + (counts[502] ?? 0)).toBe(total);
  expect(counts[502] ?? 0).toBeLessThanOrEqual(20 * 4);
  expect(gw.stdout().match(/\] poison/g)?.length).toBe(20);
  // Each had answered others before: what it waits for is the group's turn, and no longer and longer rest.
  const rests = [...gw.stderr().matchAll(/is started again inMs=(\d+)/g)].map(([, ms]) => Number(ms));
  expect(rests.length).toBe(20);
  expect(Math.max(...rests)).toBeLessThanOrEqual(2_000);
});

test("slow faults: an app prints 200 MB: it is not held up for ever, others are served, and gw's memory stays", async () => {
  using dir = makeTempDir();
  const wire = { path: join(dir.path, "out"), flags: "a" } as const;
  await using gw = await startWiredGw([writeObedientApp(dir)], { stdout: wire, stderr: wire });
  const code = `const lines = ("x".repeat(99) + "\\n").repeat(1_000);
    for (let n = 0; n < 2_000; n++) await new Promise((go) => process.stdout.write(lines, go));
    return new Response("printed");`;
  const before = rssOf(gw.pid);
  let isPrinted = false;
  const printing = fetch(urlDoing(gw, code)).then((answer) => {
    isPrinted = true;
    return answer.text();
  });
  let most = 0;
  while (!isPrinted) {
    expect((await fetch(gw.url)).status).toBe(200);
    most = Math.max(most, rssOf(gw.pid));
  }
  expect(await printing).toBe("printed");
  expect(most - before).toBeLessThan(64 * MB);
  await eventually(() => statSync(wire.path).size > 200_000_000, "all of it is there");
});

test("slow faults: five hundred clients that send their heads byte by byte are ended, each with 408", async () => {
  using dir = makeTempDir();
  await using gw = await startGw([writeObedientApp(dir)]);
  const slow = await Promise.all(Array.from({ length: 500 }, () => connectRaw(gw.url)));
  const drip = setInterval(() => {
    for (const client of slow) if (!client.isClosed) void client.send("G").catch(() => {});
  }, 500);
  await eventually(() => slow.every(({ isClosed }) => isClosed), "all are closed", 30_000);
  clearInterval(drip);
  expect(new Set(slow.map((client) => client.text().slice(0, 12)))).toEqual(new Set(["HTTP/1.1 408"]));
  expect((await fetch(gw.url)).status).toBe(200);
});

test("slow faults: a front that is killed again and again comes back each time", async () => {
  using dir = makeTempDir();
  await using gw = await startGw([writeObedientApp(dir)]);
  for (let n = 1; n <= 4; n++) {
    process.kill(childInRole(gw.pid, "__front").pid, "SIGKILL");
    await gw.until((output) => output.split("front 1 is ready").length === n + 1, 60_000);
    expect((await fetch(gw.url)).status).toBe(200);
  }
  expect(gw.stderr()).not.toContain("worker 1 ended");
});

function rssOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}
