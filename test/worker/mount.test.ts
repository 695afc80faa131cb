// An app that sits below a path: the front takes the path off, and what a node program is shown in its place is what
// Express shows a program that is mounted in another one.
import { describe, expect, test } from "bun:test";
import { createLog } from "../../src/core/log.ts";
import { createClientView } from "../../src/worker/serve/client-view.ts";
import { type Ask, ask, startWorker, TOKEN, type WorkerProcess } from "../support/worker-process.ts";

const MOUNTED = { setup: { mount: "/shop" } };

/** As the front writes a request for `/shop` and `path`. */
const askBelow = (worker: WorkerProcess, path: string, options: Ask = {}) =>
  ask(worker, path, { above: "/shop/", ...options });

describe("mount", () => {
  test("mount: Express knows the whole path, in its routers too, and redirects by its base", async () => {
    await using worker = startWorker("mounted-express.ts", MOUNTED);
    await worker.heard("ready");
    const seen = async (path: string) => (await askBelow(worker, path)).json<unknown>();
    expect(await seen("/where?x=1")).toEqual({
      url: "/where?x=1",
      baseUrl: "/shop",
      originalUrl: "/shop/where?x=1",
      path: "/where",
    });
    expect(await seen("/inner/where")).toEqual({
      url: "/where",
      baseUrl: "/shop/inner",
      originalUrl: "/shop/inner/where",
      path: "/where",
    });
    const location = async (path: string, headers = {}) =>
      (await askBelow(worker, path, { headers })).headers.get("location");
    expect(await location("/leave")).toBe("/shop/arrived?from=here");
    expect(await location("/back", { Referer: "http://a.example/shop/list" })).toBe(
      "http://a.example/shop/list",
    );
    expect(await location("/parent/src")).toBe("/shop/parent/src/");
    expect((await askBelow(worker, "/files/note.txt")).body).toBe("from a text file\n");
    expect((await askBelow(worker, "/nowhere")).body).toContain("Cannot GET /shop/nowhere");
    expect((await askBelow(worker, "/?a", { above: "/shop" })).body).toContain("Cannot GET /shop<");
  });

  test("mount: Fastify's originalUrl and a plain program's request have it", async () => {
    await using fastify = startWorker("mounted-fastify.ts", MOUNTED);
    await using plain = startWorker("mounted-node.ts", MOUNTED);
    await Promise.all([fastify.heard("ready"), plain.heard("ready")]);
    expect((await askBelow(fastify, "/where")).json<unknown>()).toEqual({
      url: "/where",
      originalUrl: "/shop/where",
    });
    expect((await askBelow(plain, "/a%20b?c")).json<unknown>()).toEqual({
      url: "/a%20b?c",
      baseUrl: "/shop",
      originalUrl: "/shop/a%20b?c",
    });
  });

  test("mount: Koa keeps what it knows of node's request", async () => {
    await using worker = startWorker("mounted-koa.ts", MOUNTED);
    await worker.heard("ready");
    expect((await askBelow(worker, "/where")).json<unknown>()).toEqual({
      url: "/where",
      path: "/where",
      originalUrl: "/shop/where",
    });
  });

  test("mount: without one, a node program's request has nothing added", async () => {
    await using plain = startWorker("mounted-node.ts");
    await plain.heard("ready");
    expect((await ask(plain, "/x")).json<unknown>()).toEqual({ url: "/x", baseUrl: null, originalUrl: null });
  });

  test("mount: a target that is no path stays as it is", () => {
    const view = createClientView({
      token: TOKEN,
      log: createLog(() => {}),
      mount: "/shop",
      publicAddress: { host: "", port: 8000 },
    });
    const request = {
      url: "*",
      headers: { "x-gw-visit": `${TOKEN} http id 192.0.2.1 1 0` },
      rawHeaders: [],
      socket: {},
    };
    expect(view.admitIncoming(request as never)).toBe(true);
    expect(request).toMatchObject({ baseUrl: "/shop", originalUrl: "*" });
  });

  test("mount: a fetch app sees the path without it, and the field that the front has set", async () => {
    await using worker = startWorker("fetch-object.ts", MOUNTED);
    await worker.heard("ready");
    const seen = (await askBelow(worker, "/x?y", { headers: { "X-Forwarded-Prefix": "/shop" } })).json<{
      url: string;
      headers: Record<string, string>;
    }>();
    expect(seen).toMatchObject({
      url: "http://app.example/x?y",
      headers: { "x-forwarded-prefix": "/shop" },
    });
  });
});
