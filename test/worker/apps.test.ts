// Every shape of app, unmodified, in a real worker: recognised for what it is, and answering on the worker's socket.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { AppKind } from "../../src/link/messages.ts";
import { APPS, ask, startWorker } from "../support/worker-process.ts";

const SHAPES: [app: string, kind: AppKind, path: string, body: string][] = [
  ["fetch-class.ts", "fetch", "/", "from an instance"],
  ["function.ts", "function", "/a/b?c", "function saw /a/b"],
  ["commonjs.cjs", "node handler", "/x", "commonjs /x"],
  ["server-export.ts", "listening program", "/", "an exported server"],
  ["import-serve.ts", "listening program", "/", "import { serve } works"],
  ["listens-and-exports.ts", "listening program", "/", "the listener"],
  ["listens-late.ts", "listening program", "/", "late"],
  ["main-guard.ts", "listening program", "/", "main"],
  ["slow-start.ts", "fetch", "/", "top-level await is over"],
  ["tsconfig-paths/src/app.ts", "fetch", "/", "through an alias"],
  ["jsx/app.tsx", "fetch", "/", '<p title="greeting">Hello JSX</p>'],
];

describe("apps", () => {
  test.each(SHAPES)("apps: %s is a %s and answers", async (app, kind, path, body) => {
    await using worker = startWorker(app);
    expect((await worker.heard("ready")).kind).toBe(kind);
    expect(await ask(worker, path)).toMatchObject({ status: 200, body });
    expect(worker.stderr()).toBe("");
  });

  test("apps: the steps of a start are told in order", async () => {
    await using worker = startWorker("function.ts");
    await worker.heard("ready");
    const { pid } = worker;
    // Only where a worker can show its stack.
    const said = worker.messages().filter(({ type }) => type !== "traceable");
    expect(said).toEqual([
      { type: "hello", protocol: 1, role: "worker", pid, version: expect.any(String) },
      { type: "step", step: "load" },
      { type: "step", step: "listen" },
      {
        type: "ready",
        kind: "function",
        http2: true,
        limits: expect.objectContaining({ core: 0 }),
        app: join(APPS, "function.ts"),
      },
    ]);
  });

  test("apps: a program that says that it takes no HTTP/2 gets none", async () => {
    await using worker = startWorker("http1-only.ts");
    expect(await worker.heard("ready")).not.toHaveProperty("http2");
    expect(await ask(worker, "/")).toMatchObject({ status: 200, body: "by HTTP/1.1" });
  });

  test("apps: --callable-object picks a named export", async () => {
    await using worker = startWorker("fetch-object.ts", { setup: { callableObject: "other" } });
    await worker.heard("ready");
    expect((await ask(worker, "/")).body).toBe("the other one");
  });

  test("apps: --callable-object picks a property of module.exports", async () => {
    await using worker = startWorker("commonjs.cjs", { setup: { callableObject: "named" } });
    await worker.heard("ready");
    expect((await ask(worker, "/")).body).toBe("named in commonjs");
  });

  test("apps: JSON, text, dynamic imports and files beside the app are found from any working directory", async () => {
    await using worker = startWorker("imports/app.ts");
    await worker.heard("ready");
    expect((await ask(worker, "/")).json<unknown>()).toEqual({
      json: "json",
      text: "from a text file",
      dynamic: "json",
      read: "from a text file",
      dir: expect.stringMatching(/test\/apps\/imports$/),
    });
  });

  test("apps: no app at all is the welcome page", async () => {
    await using worker = startWorker(null);
    expect((await worker.heard("ready")).kind).toBe("welcome page");
    expect((await ask(worker, "/")).body).toStartWith("gw works.\n");
  });

  test("apps: an app that looks for a parent process finds none and cannot speak for its worker", async () => {
    await using worker = startWorker("asks-parent.ts");
    await worker.heard("ready");
    expect(worker.messages().filter(({ type }) => type === "ready")).toHaveLength(1);
    expect((await ask(worker, "/")).json<unknown>()).toEqual({
      send: "undefined",
      connected: false,
      variables: [],
      argv: [expect.stringMatching(/asks-parent\.ts$/)],
      heard: [],
    });
  });
});

describe("programs that listen", () => {
  test("programs: a Bun.serve program keeps routes, error handler and body limit, and sees the public address", async () => {
    await using worker = startWorker("bun-serve.ts");
    await worker.heard("ready");
    expect((await ask(worker, "/")).json<unknown>()).toEqual({
      ip: { address: "192.0.2.7", family: "IPv4", port: 40001 },
      same: true,
      shown: {
        port: 8123,
        hostname: "gw.example",
        url: "http://gw.example:8123/",
        address: { address: "gw.example", family: "IPv4", port: 8123 },
      },
    });
    expect((await ask(worker, "/route/a%20b")).json<unknown>()).toEqual({
      name: "a b",
      headers: { host: "app.example", connection: "close" },
    });
    expect((await ask(worker, "/methods", { method: "POST" })).body).toBe("posted");
    expect((await ask(worker, "/methods")).json<string[]>().sort()).toEqual(["connection", "host"]);
    expect((await ask(worker, "/ready")).body).toBe("a ready answer");
    expect(await ask(worker, "/throw")).toMatchObject({
      status: 418,
      body: "handled: for the error handler",
    });
    expect((await ask(worker, "/", { method: "POST", body: "seventeen bytes!!" })).status).toBe(413);
    await worker.printed("listening on http://gw.example:8123/\n");
  });

  test("programs: what server.reload brings is behind the client view too", async () => {
    await using worker = startWorker("bun-serve.ts");
    await worker.heard("ready");
    await ask(worker, "/reload");
    expect((await ask(worker, "/")).body).toBe("reloaded, false");
    expect((await ask(worker, "/", { visit: null })).status).toBe(403);
  });

  test("programs: a node:http program's callback fires and address() is the public one", async () => {
    await using worker = startWorker("node-http.ts", { setup: { publicHost: "0.0.0.0" } });
    await worker.heard("ready");
    const address = '{"address":"0.0.0.0","family":"IPv4","port":8123}';
    expect((await ask(worker, "/address")).body).toBe(address);
    await worker.printed(`callback: ${address}\n`);
  });

  test("programs: listeners on any free port are left alone, a twin of the first goes unnoticed", async () => {
    await using worker = startWorker("second-listener.ts");
    await worker.heard("ready");
    expect((await ask(worker, "/")).body).toBe("first");
    const port = /second: (\d+)/.exec(worker.stdout())?.[1];
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("second");
    expect(worker.messages().filter(({ type }) => type === "log")).toEqual([]);
  });
});

describe("embedded mode", () => {
  test("embedded: the app's first listener gets the public port, with the client as Bun sees it", async () => {
    await using worker = startWorker("fetch-object.ts", {
      setup: { listen: { host: "127.0.0.1", port: 0 } },
    });
    const { port } = await worker.heard("ready");
    const seen = await (await fetch(`http://127.0.0.1:${port}/x`)).json();
    expect(seen).toMatchObject({ url: `http://127.0.0.1:${port}/x`, ip: { address: "127.0.0.1" } });
  });

  test("embedded: a node:http program is redirected to the public port", async () => {
    await using worker = startWorker("node-http.ts", { setup: { listen: { host: "127.0.0.1", port: 0 } } });
    const { port } = await worker.heard("ready");
    expect(await (await fetch(`http://127.0.0.1:${port}/address`)).json()).toMatchObject({ port });
  });

  test("embedded: a body over the limit is refused with 413", async () => {
    await using worker = startWorker("fetch-object.ts", {
      setup: { listen: { host: "127.0.0.1", port: 0 } },
    });
    const { port } = await worker.heard("ready");
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "x".repeat(1025) });
    expect(answer.status).toBe(413);
  });

  test("embedded: a taken port is named, and the worker ends", async () => {
    using taken = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const listen = { host: "127.0.0.1", port: taken.port ?? 0 };
    await using worker = startWorker("fetch-object.ts", { setup: { listen } });
    expect(await worker.heard("failed")).toMatchObject({
      cause: "port_taken",
      facts: listen,
      step: "listen",
    });
    expect(await worker.exited).toBe(3);
  });
});
