// More clients than there may be at once: those who are in are served as ever, the others wait in the kernel, and nobody
// burns a processor over it.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Status } from "../../src/control/status.ts";
import { get, untilAnswer } from "../support/exchange.ts";
import { eventually, type Gw, gwCommand, runGw, startGw } from "../support/gw.ts";
import { childInRole, limitOf } from "../support/proc-status.ts";
import { connectRaw, type RawClient } from "../support/raw-http.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const WINDOW_MS = 1_000;
/** The unit of /proc/PID/stat on every Linux that there is. */
const TICK_MS = 10;

/** Processor time that a process has used. */
function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [user, system] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13)
    .map(Number);
  return ((user ?? 0) + (system ?? 0)) * TICK_MS;
}

const statusOf = async (root: string): Promise<Status> =>
  JSON.parse((await runGw(["status", "--json", "--server-root", root])).stdout) as Status;

/** Once the front end has spoken of itself, which it does each second. */
async function mostClients(root: string): Promise<number> {
  let most = 0;
  await eventually(async () => {
    most = (await statusOf(root)).fronts[0]?.maxClients ?? 0;
    return most > 0;
  }, "the front end says how many clients it takes");
  return most;
}

const connectMany = (gw: Gw, count: number) =>
  Promise.all(Array.from({ length: count }, () => connectRaw(gw.url)));

const hasAnswer = (client: RawClient) => client.text().includes("HTTP/1.1 200");

test("clients: more than there are descriptors for wait without using the processor, and are served as others leave", async () => {
  using dir = makeTempDir();
  const root = join(dir.path, "root");
  const command = ["prlimit", "--nofile=128:192", ...gwCommand()];
  await using gw = await startGw(["--server-root", root], { command });
  const front = childInRole(gw.pid, "__front").pid;
  expect(limitOf(front, "Max open files")).toEqual(["192", "192"]);
  const most = await mostClients(root);
  expect(most).toBeGreaterThan(20);
  expect(most).toBeLessThanOrEqual(96);

  const clients = await connectMany(gw, 250);
  // A begun head is seen at once; without a byte the kernel keeps a connection to itself for a second.
  for (const client of clients) await client.send("GET / HTTP/1.1\r\n");
  await eventually(async () => (await statusOf(root)).fronts[0]?.clients === most, "all places are taken");
  const began = [cpuMsOf(front), performance.now()] as const;
  // biome-ignore lint/plugin: the window of the measurement
  await Bun.sleep(WINDOW_MS);
  const share = (cpuMsOf(front) - began[0]) / (performance.now() - began[1]);
  expect(share).toBeLessThan(0.15);
  expect(gw.stderr().match(/cause=too_many_clients/g)).toHaveLength(1);

  // Each one that is in gets its connection to the worker, all at once, and makes room for another.
  for (const client of clients) await client.send("Host: h\r\nConnection: close\r\n\r\n");
  await eventually(() => clients.every(hasAnswer), "everybody is served");
  await gw.until(/clients are accepted again/);
  expect(gw.stderr().match(/cause=too_many_clients/g)).toHaveLength(1);
  for (const client of clients) client[Symbol.dispose]();
  expect((await fetch(gw.url)).status).toBe(200);
});

test("clients: with --max-clients so many are in, the next one is served the moment one leaves", async () => {
  using dir = makeTempDir();
  const root = join(dir.path, "root");
  await using gw = await startGw(["--max-clients", "3", "--server-root", root]);
  const clients = await connectMany(gw, 3);
  for (const client of clients) {
    await client.send(get("/"));
    await untilAnswer(client);
  }
  using waiting = await connectRaw(gw.url);
  await waiting.send(get("/"));
  await gw.until(
    /No more clients are accepted until one leaves cause=too_many_clients clients=3 maxClients=3\n/,
  );
  await eventually(
    async () => (await statusOf(root)).fronts[0]?.clients === 3,
    "the front end has told of them",
  );
  // Those who are in are served meanwhile, again and again.
  for (const client of [...clients, ...clients]) {
    await client.send(get("/"));
    await untilAnswer(client);
  }
  expect(waiting.text()).toBe("");
  clients[1]?.[Symbol.dispose]();
  await untilAnswer(waiting);
  expect((await runGw(["status", "--server-root", root])).stdout).toMatch(
    /clients +at most\n1 +\d+ +ready +3 +3\n/,
  );
  for (const client of clients) client[Symbol.dispose]();
});

test("clients: who waits for a place while the front ends are replaced is served, and a stop is orderly", async () => {
  using dir = makeTempDir();
  const root = join(dir.path, "root");
  await using gw = await startGw(["--max-clients", "2", "--graceful-timeout", "1s", "--server-root", root]);
  const clients = await connectMany(gw, 2);
  for (const client of clients) {
    await client.send(get("/"));
    await untilAnswer(client);
  }
  using waiting = await connectRaw(gw.url);
  await waiting.send(get("/"));
  await gw.until(/cause=too_many_clients/);
  const restarted = await runGw(["restart", "--front", "--server-root", root]);
  expect([restarted.code, restarted.stderr]).toEqual([0, ""]);
  await untilAnswer(waiting);
  expect(await gw.stop()).toBe(0);
  expect(gw.stderr()).not.toContain("error");
  for (const client of clients) client[Symbol.dispose]();
});

test("clients: more than the descriptors allow are not promised", async () => {
  const command = ["prlimit", "--nofile=128:192", ...gwCommand()];
  await using gw = await startGw(["--max-clients", "500"], { command });
  expect(await gw.until(/too few descriptors/)).toMatch(
    /there are too few descriptors for --max-clients asked=500 maxClients=\d\d openFiles=192\n/,
  );
});
