// What apps get by `import … from "gw"`, on the real gw: facts of requests, events, a goodbye at the beginning of a drain, and
// figures of their own that outlive a worker.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { control, obey } from "../support/control.ts";
import { eventually, startGw } from "../support/gw.ts";
import { makePublicDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const STREAM = `
  let leave = () => {};
  const body = new ReadableStream({
    start(stream) {
      stream.enqueue("hello ");
      leave = on("drain", ({ reason }) => { stream.enqueue("bye " + reason); stream.close(); });
    },
    cancel: () => leave(),
  });`;

const COMMON = `
  import { metrics, on, requestInfo } from "gw";
  const hits = metrics.counter("shop_hits_total", { help: "Requests", labels: ["path"] });
  for (const name of ["requestStarted", "requestFinished", "requestException", "drain", "stopping"])
    on(name, (event) => console.log(name, JSON.stringify({ ...event, id: event.request?.id, error: String(event.error) })));
  on("stopping", async () => { await Bun.sleep(1); console.log("the app has flushed"); });`;

const FETCH_APP = `${COMMON}
  export default {
    async fetch(request) {
      const path = new URL(request.url).pathname;
      hits.add(1, { path });
      if (path === "/throw") throw new Error("of the app");
      ${STREAM}
      if (path === "/stream") return new Response(body);
      if (path === "/exit") process.exit(3);
      await 1;
      return Response.json(requestInfo());
    },
  };`;

const NODE_APP = `${COMMON}
  import { createServer } from "node:http";
  createServer((request, response) => {
    hits.add(1, { path: request.url });
    if (request.url === "/throw") throw new Error("of the app");
    if (request.url !== "/stream") return void setImmediate(() => response.end(JSON.stringify(requestInfo())));
    response.write("hello ");
    on("drain", ({ reason }) => response.end("bye " + reason));
  }).listen(0);`;

const TRACE = "0af7651916cd43dd8448eb211c80319c";

async function serve(app: string, ...flags: string[]) {
  const dir = makePublicDir();
  const gw = await startGw([dir.write("app.mjs", app), ...flags]);
  return {
    gw,
    ask: (path: string, headers: Record<string, string> = {}) => fetch(new URL(path, gw.url), { headers }),
    async [Symbol.asyncDispose]() {
      await gw[Symbol.asyncDispose]();
      dir[Symbol.dispose]();
    },
  };
}

type Served = Awaited<ReturnType<typeof serve>>;

async function metricsOf({ gw }: Served): Promise<string> {
  return (await control(gw, "metrics")).stdout;
}

/** A stream that has begun, and the promise of its end. */
async function openStream(served: Served) {
  const answer = await served.ask("/stream");
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  let text = Buffer.from((await reader.read()).value ?? "").toString();
  const rest = async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return text;
      text += Buffer.from(value).toString();
    }
  };
  return { end: rest() };
}

describe.each([
  ["fetch", FETCH_APP],
  ["node:http", NODE_APP],
])("the module gw: %s", (_name, app) => {
  test("a handler knows its request, the app hears of all of them, streams say goodbye at once, figures add up", async () => {
    await using served = await serve(app, "--processes", "2", "--log-request-ids");
    const { gw } = served;
    const info = await (
      await served.ask("/info", {
        traceparent: `00-${TRACE}-b7ad6b7169203331-01`,
        "x-remote-user": "mallory",
      })
    ).json();
    expect(info).toMatchObject({
      generation: 1,
      group: "default",
      queuedMs: 0,
      scheme: "http",
      traceId: TRACE,
    });
    expect([info.client.address, info.user]).toEqual(["127.0.0.1", undefined]);
    expect((await served.ask("/throw")).status).toBe(500);
    await gw.until(new RegExp(`\\[worker ${info.slot} ${info.id}\\] requestStarted \\{.*"id":"${info.id}"`));
    await gw.until(new RegExp(`requestFinished \\{.*"id":"${info.id}".*"status":200`));
    await gw.until(/requestException \{.*"error":"Error: of the app"/);
    const hasCounted = async (line: string) => (await metricsOf(served)).includes(`${line}\n`);
    await eventually(() => hasCounted('shop_hits_total{group="default",path="/info"} 1'), "it is counted");

    const streams = await Promise.all([openStream(served), openStream(served)]);
    await obey(gw, "reload");
    const said = await Promise.all(streams.map(({ end }) => end));
    expect(said).toEqual(["hello bye script_reload", "hello bye script_reload"]);
    await gw.until(/the app has flushed/);
    await served.ask("/info");
    await eventually(() => hasCounted('shop_hits_total{group="default",path="/info"} 2'), "it counts on");

    const last = await openStream(served);
    const stopped = gw.stop();
    expect(await last.end).toBe("hello bye shutdown_signal");
    await stopped;
  });
});

test("the module gw: what a worker that crashes had told is counted on", async () => {
  await using served = await serve(FETCH_APP);
  const seen = async (path: string) =>
    /shop_hits_total\{group="default",path="\/info"\} (\d)/.exec(await metricsOf(served))?.[1] ?? path;
  await served.ask("/info");
  await eventually(async () => (await seen("/info")) === "1", "it is counted");
  await served.ask("/exit");
  await served.gw.until(/worker 1 .*crash/);
  await eventually(async () => (await served.ask("/info")).status === 200, "another one serves");
  await eventually(async () => Number(await seen("/info")) >= 2, "both are counted");
});

test.each([
  ["fetch", FETCH_APP],
  ["node:http", NODE_APP],
])("the module gw: the user is whom gw has checked, whatever the client says, by %s", async (_name, app) => {
  const users = makePublicDir();
  const hash = Bun.password.hashSync("right", { algorithm: "bcrypt", cost: 4 });
  await using served = await serve(app, "--auth-user-file", users.write("users", `ann:${hash}\n`));
  const authorization = `Basic ${btoa("ann:right")}`;
  const info = await (await served.ask("/info", { authorization, "x-remote-user": "mallory" })).json();
  expect(info.user).toBe("ann");
  users[Symbol.dispose]();
});

test.each([
  ["fetch", FETCH_APP],
  ["node:http", NODE_APP],
])("the module gw: in embedded mode, by %s", async (_name, app) => {
  await using served = await serve(app, "--embedded-mode", "--log-request-ids");
  const info = await (await served.ask("/info")).json();
  expect(info).toMatchObject({ slot: 1, generation: 1, group: "default", queuedMs: 0 });
  await served.gw.until(new RegExp(`\\[worker 1 ${info.id}\\] requestFinished \\{.*"status":200`));
  const stream = await openStream(served);
  const stopped = served.gw.stop();
  expect(await stream.end).toBe("hello bye shutdown_signal");
  await stopped;
});

test("the module gw: a package of that name in node_modules does not take its place, and threads can import it", async () => {
  const dir = makePublicDir();
  mkdirSync(join(dir.path, "node_modules/gw"), { recursive: true });
  dir.write("node_modules/gw/index.js", "exports.requestInfo = () => ({ id: 'of the package' });");
  dir.write(
    "thread.mjs",
    `import { requestInfo, metrics } from "gw"; metrics.counter("a_total").add(); postMessage(typeof requestInfo());`,
  );
  const app = `
    import { requestInfo } from "gw";
    const said = await new Promise((resolve) => { new Worker(new URL("thread.mjs", import.meta.url)).onmessage = ({ data }) => resolve(data); });
    export default () => new Response(said + " " + requestInfo()?.group);`;
  await using gw = await startGw([dir.write("app.mjs", app)]);
  expect(await (await fetch(gw.url)).text()).toBe("undefined default");
  dir[Symbol.dispose]();
});
