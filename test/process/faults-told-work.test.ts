// As faults-told.test.ts, for what becomes of requests that wait for workers, and of those that workers have.
import { setDefaultTimeout, test } from "bun:test";
import { statusOf, workersOf } from "../support/control.ts";
import { connectRaw, exchangeRaw } from "../support/raw-http.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import {
  CUT,
  expectToldAlike,
  type Seen,
  type Step,
  seenIn,
  seenOf,
  startTelling,
  walk,
} from "../support/told-places.ts";

setDefaultTimeout(60_000);

const APP = `export default { async fetch(request) {
  const { pathname } = new URL(request.url);
  if (pathname === "/exit") process.exit(3);
  if (pathname === "/spin") for (;;);
  if (pathname === "/odd") return new Response("", { headers: { "x-odd": "a\\x01b" } });
  if (pathname === "/large") return new Response(Buffer.alloc(20_000_000));
  if (pathname === "/hang") {
    console.log("hangs for", request.headers.get("host"));
    await new Promise(() => {});
  }
  return new Response("fine");
} };`;

test("told alike: what becomes of requests that wait, and of those that workers have", async () => {
  using dir = makeTempDir();
  const app = dir.write("app.ts", APP);
  const groups = {
    main: { app, bodyTimeout: "1s", responseSocketTimeout: "1s" },
    queue: { app, concurrency: 1, maxQueue: 1, queueTimeout: "2s", priority: { "/high": "high" } },
    poison: { app, poisonLimit: 1 },
    deaf: { app, socketTimeout: "1s", limitRequestBody: "1G" },
    late: { app, deadlockTimeout: "2s" },
    stopped: { app, shutdownTimeout: "1s" },
    broken: { app: dir.write("broken.ts", APP), connectTimeout: "1s" },
  };
  const named = Object.entries(groups).map(([name, group]) => [
    name,
    { ...group, serverName: `${name}.test` },
  ]);
  const config = dir.write("gw.config.json", JSON.stringify({ groups: Object.fromEntries(named) }));
  await using gw = await startTelling(["--config", config]);

  const ask = async (group: string, path = "/"): Promise<Seen> => {
    const answer = await fetch(new URL(path, gw.url), { headers: { host: `${group}.test` } });
    await answer.bytes();
    return seenOf(answer);
  };
  const status = await statusOf(gw);
  const pidOf = (group: string) => workersOf(status, group)[0]?.pid ?? 0;
  const head = (asked: string, group = "main") => `${asked} HTTP/1.1\r\nHost: ${group}.test\r\n`;
  const untilHangs = (group: string) => gw.until(new RegExp(`hangs for ${group}\\.test`));

  // One is at work, another one waits, and there is no room for a third one; then comes one that matters more.
  using atWork = await connectRaw(gw.url);
  await atWork.send(`${head("GET /hang", "queue")}\r\n`);
  await untilHangs("queue");
  const crowd = [ask("queue"), ask("queue")] as const;
  const full = Promise.race(crowd);
  const high = full.then(() => ask("queue", "/high"));
  const waiting = full.then(async (first) => {
    const both = await Promise.all(crowd);
    return both.find(({ id }) => id !== first.id) ?? first;
  });
  const exit = ask("poison", "/exit");

  const steps: Step[] = [
    ["queue_full", 503, () => full],
    ["displaced", 503, () => waiting],
    ["queue_timeout", 503, () => high],
    ["worker_died", 502, () => exit],
    ["poisonous_request", 502, async () => (await exit) && ask("poison", "/exit")],
    ["worker_answer_malformed", 502, () => ask("main", "/odd")],
    ["deadlock_timeout", 504, () => ask("late", "/spin")],
    [
      "request_timeout_client",
      408,
      async () => seenIn(await exchangeRaw(gw.url, `${head("POST /")}Content-Length: 9\r\n\r\nabc`)),
    ],
    [
      "client_stalled",
      0,
      async () => {
        using client = await connectRaw(gw.url);
        client.pause();
        await client.send(`${head("GET /large")}\r\n`);
        await gw.until(/cause=client_stalled/);
        return CUT;
      },
    ],
    [
      "too_many_pipelined",
      0,
      async () => seenIn(await exchangeRaw(gw.url, `${head("GET /hang")}\r\n`.repeat(500))),
    ],
    [
      "socket_timeout",
      504,
      async () => {
        process.kill(pidOf("deaf"), "SIGSTOP");
        using client = await connectRaw(gw.url);
        await client.send(`${head("POST /", "deaf")}Content-Length: 5000000\r\n\r\n`);
        client.send(new Uint8Array(5_000_000)).catch(() => {});
        return seenIn(await client.untilClosed());
      },
    ],
    [
      "worker_stopped",
      504,
      async () => {
        const hanging = ask("stopped", "/hang");
        await untilHangs("stopped");
        process.kill(pidOf("stopped"), "SIGTERM");
        return await hanging;
      },
    ],
    [
      "no_worker",
      503,
      async () => {
        dir.write("broken.ts", "throw new Error('broken')");
        process.kill(pidOf("broken"), "SIGKILL");
        await gw.until(/broken worker \d+ ended/);
        return await ask("broken");
      },
    ],
  ];
  await walk(gw, steps);
  process.kill(pidOf("deaf"), "SIGCONT");
  await expectToldAlike(gw, steps);
});
