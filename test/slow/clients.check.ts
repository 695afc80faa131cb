// Clients in numbers: thousands who mean to use up a server, honest ones who are slow, and a million who ask once. Apart from the
// others, as it takes minutes, and two processors that have nothing else to do: `npm run test:clients`.
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { obey, statusOf } from "../support/control.ts";
import { freePort } from "../support/free-port.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { AS_ROOT, describeWith, ON_LINUX, testWith, WITH_SLOWHTTPTEST } from "../support/needs.ts";
import { childInRole } from "../support/proc-status.ts";
import { connectRaw } from "../support/raw-http.ts";
import { makePublicDir, makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { tlsFlags } from "../support/tls-setup.ts";
import { timeRequests } from "./clients/good-client.ts";

setDefaultTimeout(600_000);

const APP = `
  const large = Buffer.alloc(800_000);
  const pieces = () => new ReadableStream({
    start() { this.at = 0; },
    pull(controller) {
      if (this.at === large.length) return controller.close();
      controller.enqueue(large.subarray(this.at, this.at += 80_000));
    },
  });
  export default { async fetch(request: Request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/large") return new Response(large);
    if (pathname === "/unknown") return new Response(pieces());
    return new Response(String((await request.bytes()).length));
  } };`;

const writeApp = (dir: TempDir) => dir.write("app.ts", APP);
const frontPids = async (gw: Gw) => (await statusOf(gw)).fronts.map(({ pid }) => pid as number);

/** What the processes have in memory together, in MB. */
const megabytes = (pids: readonly number[]) =>
  pids.reduce(
    (sum, pid) =>
      sum + Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024,
    0,
  );

async function figureOf(gw: Gw, series: string): Promise<number> {
  const line = (await obey(gw, "metrics")).split("\n").find((one) => one.startsWith(`${series} `));
  return Number(line?.slice(series.length) ?? 0);
}

const countOf = (gw: Gw, cause: string) => figureOf(gw, `gw_errors_total{cause="${cause}"}`);

const ATTACKERS = 2000;
const REQUESTS = 1500;
/** Answers whose length nobody has told cost a front end more, as docs/clients.md says. */
const UNKNOWN_MOST_MB = 250;
/** Where a quiet machine answers sooner, a few milliseconds more are nothing that anybody has done to it. */
const QUIET_LEAST_MS = 5;

describeWith(ON_LINUX)("slow clients: attackers", () => {
  const causes = {
    headers: "request_timeout_client",
    "small-body": "request_timeout_client",
    body: "request_timeout_client",
    reading: "client_stalled",
    "reading-unknown": "client_stalled",
    handshake: "tls_handshake_timeout",
  };
  for (const [kind, cause] of Object.entries(causes))
    test(`slow clients: ${ATTACKERS} attackers by ${kind} are ended by name, and others notice nothing`, async () => {
      using dir = makeTempDir();
      const secure = freePort();
      await using gw = await startGw([writeApp(dir), "--https-port", String(secure), ...tlsFlags(dir.path)]);
      await timeRequests(gw.url, REQUESTS);
      const quiet = await timeRequests(gw.url, REQUESTS);
      const fronts = await frontPids(gw);
      const before = megabytes(fronts);
      const port = kind === "handshake" ? secure : gw.port;
      const attackers = Bun.spawn(
        [
          process.execPath,
          join(import.meta.dir, "clients/attackers.ts"),
          kind,
          String(port),
          String(ATTACKERS),
        ],
        { stdin: "pipe", stdout: "ignore", stderr: "inherit" },
      );
      try {
        const areThere = async () =>
          (await statusOf(gw)).fronts.reduce((sum, { clients = 0 }) => sum + clients, 0) >= ATTACKERS * 0.9;
        await eventually(areThere, "the attackers are there", 60_000);
        const during = await timeRequests(gw.url, REQUESTS);
        const more = megabytes(fronts) - before;
        const onDisk = (await figureOf(gw, 'gw_spool_bytes{group="default"}')) / 1e6;
        const upload = await fetch(gw.url, { method: "POST", body: new Uint8Array(2_000_000) });
        expect([upload.status, await upload.text()]).toEqual([200, "2000000"]);
        expect([...quiet.failures, ...during.failures]).toEqual([]);
        expect(during.p99).toBeLessThan(5 * Math.max(quiet.p99, QUIET_LEAST_MS));
        await eventually(
          async () => (await countOf(gw, cause)) >= ATTACKERS * 0.99,
          "they are ended",
          180_000,
        );
        expect(megabytes(fronts) - before).toBeLessThan(kind === "reading-unknown" ? UNKNOWN_MOST_MB : 100);
        console.log(
          `${kind}: p99 ${quiet.p99.toFixed(1)} ms, under attack ${during.p99.toFixed(1)} ms; ${more.toFixed(0)} MB more; ${onDisk.toFixed(0)} MB on the disk`,
        );
      } finally {
        attackers.stdin.end();
        await attackers.exited;
      }
    });
});

testWith(WITH_SLOWHTTPTEST)(
  "slow clients: slowhttptest finds the service available, whatever it does",
  async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeApp(dir)]);
    for (const mode of ["-H", "-B", "-X"]) {
      const { stdout } = Bun.spawnSync(
        [
          "slowhttptest",
          mode,
          "-c",
          "1000",
          "-r",
          "400",
          "-i",
          "2",
          "-l",
          "20",
          "-p",
          "3",
          "-u",
          `${gw.url}large`,
        ],
        { stdout: "pipe" },
      );
      const said = stdout.toString().replaceAll(/\x1b\[[\d;]*m/g, "");
      const states = [...said.matchAll(/service available:\s+(YES|NO)/g)].map(([, state]) => state);
      expect([mode, states.length > 0, new Set(states)]).toEqual([mode, true, new Set(["YES"])]);
    }
  },
);

test("slow clients: honest ones are served by default, at 8 kB/s up and 20 kB/s down, for as long as it takes", async () => {
  using dir = makeTempDir();
  await using gw = await startGw([writeApp(dir)]);
  const bytes = 320_000;
  const up = async () => {
    using client = await connectRaw(gw.url);
    await client.send(`POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${bytes}\r\n\r\n`);
    for (let sent = 0; sent < bytes; sent += 4000) {
      await client.send("x".repeat(4000));
      // biome-ignore lint/plugin: the pace of this client
      await Bun.sleep(500);
    }
    expect(await client.untilClosed()).toEndWith(`\r\n\r\n${bytes}`);
  };
  const down = async () => {
    const reader = Bun.spawn(["curl", "-s", "--limit-rate", "20000", "-o", "-", `${gw.url}large`], {
      stdout: "pipe",
    });
    expect((await new Response(reader.stdout).bytes()).length).toBe(800_000);
    expect(await reader.exited).toBe(0);
  };
  await Promise.all([up(), down()]);
});

describeWith(ON_LINUX)("slow clients: readers", () => {
  for (const [flags, bound] of [
    [[], 200],
    [["--enable-sendfile"], 100],
  ] as const)
    test(`slow clients: a thousand readers of one file of 100 MB cost less than ${bound} MB of memory ${flags}`, async () => {
      using dir = makePublicDir();
      writeFileSync(join(dir.path, "100M"), new Uint8Array(100_000_000));
      const user = AS_ROOT.isMet ? ["--user", "nobody"] : [];
      const root = ["--server-root", join(dir.path, "root")];
      await using gw = await startGw(["--document-root", dir.path, ...user, ...root, ...flags]);
      const front = childInRole(gw.pid, "__front").pid;
      await fetch(`${gw.url}100M`, { headers: { range: "bytes=0-9" } });
      const before = megabytes([front]);
      const readers = Bun.spawn(
        [process.execPath, join(import.meta.dir, "clients/readers.ts"), `${gw.url}100M`, "1000"],
        { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
      );
      let most = 0;
      let seconds = 0;
      for await (const text of readers.stdout.pipeThrough(new TextDecoderStream())) {
        most = Math.max(most, megabytes([front]) - before);
        seconds++;
        if (seconds < 20) continue;
        const pace = Number(text.trim().split("\n").at(-1)) / seconds / 1e6;
        console.log(
          `a thousand readers ${flags}: ${most.toFixed(0)} MB more, at ${pace.toFixed(0)} kB/s each`,
        );
        break;
      }
      readers.stdin.end();
      await readers.exited;
      expect(most).toBeLessThan(bound);
    });
});

/** Requests sent ahead on one connection. */
const BATCH = 100;

/** Sends a request for each key, and returns how often each status came. */
async function askFor(url: string, keys: Iterable<string>): Promise<Record<string, number>> {
  using client = await connectRaw(url);
  const found: Record<string, number> = {};
  const batch: string[] = [];
  const flush = async () => {
    const before = client.text().length;
    await client.send(batch.map((key) => `GET / HTTP/1.1\r\nHost: a\r\nX-Key: ${key}\r\n\r\n`).join(""));
    const statuses = (text: string) => text.slice(before).match(/HTTP\/1\.1 \d+/g) ?? [];
    const text = await client.until((so) => statuses(so).length >= batch.length, 60_000);
    for (const line of statuses(text)) found[line.slice(9)] = (found[line.slice(9)] ?? 0) + 1;
    batch.length = 0;
  };
  for (const key of keys) if (batch.push(key) === BATCH) await flush();
  if (batch.length > 0) await flush();
  return found;
}

testWith(ON_LINUX)(
  "slow clients: a million keys are counted in bounded memory, and whoever has used up a rate stays refused",
  async () => {
    using dir = makeTempDir();
    await using gw = await startGw([writeApp(dir), "--front-ends", "2", "--rate-limit", "header:X-Key 2/h"]);
    const fronts = await frontPids(gw);
    const used = () => Array.from({ length: 10 }, () => "used up");
    expect(await askFor(gw.url, used())).toEqual({ 200: 2, 429: 8 });
    function* keys(from: number, count: number) {
      for (let at = from; at < from + count; at++) yield `key-${at}`;
    }
    // The code and its buffers are there after some of them.
    await Promise.all(Array.from({ length: 4 }, (_, at) => askFor(gw.url, keys(-1e6 + at * 5000, 5000))));
    const before = megabytes(fronts);
    const all = 1_000_000;
    // A connection keeps what it has received: many of them, one after the other.
    const each = 1000;
    let next = 0;
    const ask = async () => {
      while (next < all) {
        const from = next;
        next += each;
        expect(await askFor(gw.url, keys(from, each))).toEqual({ 200: each });
      }
    };
    await Promise.all([ask(), ask(), ask(), ask()]);
    const more = megabytes(fronts) - before;
    console.log(
      `a million keys: ${more.toFixed(0)} MB more in two front ends, of which 16 MB are shared, and counted in each`,
    );
    expect(more).toBeLessThan(80);
    expect(await askFor(gw.url, used())).toEqual({ 429: 10 });
  },
);

for (const [who, fronts] of [
  ["one front end gives", 1],
  ["four front ends give", 4],
] as const)
  testWith(ON_LINUX)(
    `slow clients: ${who} a rate, and no more, within a tenth of it, however much is asked`,
    async () => {
      using dir = makeTempDir();
      const [rate, burst] = [200, 100];
      await using gw = await startGw([
        ...[writeApp(dir), "--front-ends", String(fronts), "--concurrency", "50"],
        ...["--rate-limit", `header:X-Key ${rate}/s burst=${burst}`],
      ]);
      const begun = performance.now();
      let served = 0;
      const press = async () => {
        while (performance.now() - begun < 10_000) {
          const found = await askFor(
            gw.url,
            Array.from({ length: BATCH }, () => "one"),
          );
          served += found[200] ?? 0;
        }
      };
      await Promise.all(Array.from({ length: 16 }, press));
      const allowed = burst + (rate * (performance.now() - begun)) / 1000;
      console.log(`${who} a rate: ${served} served of ${allowed.toFixed(0)} allowed`);
      expect(served).toBeLessThanOrEqual(allowed);
      expect(served).toBeGreaterThan(0.9 * allowed);
    },
  );
