// Probes of Bun.serve on a UNIX socket, which is what a worker's app is behind (src/worker/serve/adapt-fetch.ts, client-view.ts).
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import http from "node:http";
import { connect as connectH2 } from "node:http2";
import { join } from "node:path";
import { WORKER_FIELDS_MOST } from "../../src/core/requests/head-bounds.ts";
import { connectRaw } from "../support/raw-http.ts";
import { makeTempDir } from "../support/temp-dir.ts";

type Handler = (request: Request, server: Bun.Server<undefined>) => Response | Promise<Response>;

/** A server as gateServeOptions opens it, on a path of its own. */
function serve(fetch: Handler) {
  const temp = makeTempDir();
  const path = join(temp.path, "w.sock");
  const server = Bun.serve({
    unix: path,
    fetch,
    development: false,
    idleTimeout: 0,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    error: () => new Response("error handler", { status: 500 }),
  } as never);
  return {
    path,
    server,
    connect: () => connectRaw({ unix: path }),
    async [Symbol.asyncDispose]() {
      await server.stop(true);
      temp[Symbol.dispose]();
    },
  };
}

/** One whole exchange on a connection of its own. */
async function ping(app: { connect(): ReturnType<typeof connectRaw> }): Promise<void> {
  using client = await app.connect();
  await client.send(get("/"));
  await client.until("pong");
}

const get = (path: string, fields = "", host = "example.org:81") =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${fields}\r\n`;

/** What `see` finds out about one request. */
async function seen(bytes: string, see: (request: Request, server: Bun.Server<undefined>) => unknown) {
  let found: unknown;
  await using app = serve((request, server) => {
    found = see(request, server);
    return new Response("done");
  });
  using client = await app.connect();
  await client.send(bytes);
  await client.until("done");
  return found;
}

describe("worker serve: what the app sees", () => {
  test("req.url is made of the Host field, with http", async () => {
    expect(await seen(get("/a?b"), ({ url }) => url)).toBe("http://example.org:81/a?b");
  });

  test("req.url is normalised: the app never sees dot segments", async () => {
    expect(await seen(get("/a/%2e%2e/b"), ({ url }) => url)).toBe("http://example.org:81/b");
  });

  test("an own property url shadows the native one", async () => {
    const shadow = (request: Request) => {
      Object.defineProperty(request, "url", { value: "https://x/", configurable: true });
      return request.url;
    };
    expect(await seen(get("/"), shadow)).toBe("https://x/");
  });

  test("requestIP is null", async () => {
    expect(await seen(get("/"), (request, server) => server.requestIP(request))).toBeNull();
  });

  test("headers.delete hides a field from every view of the request", async () => {
    const see = (request: Request) => {
      request.headers.delete("x-gw-visit");
      return [
        request.headers.get("x-gw-visit"),
        [...request.headers.keys()],
        [...new Request(request).headers.keys()],
        [...request.clone().headers.keys()],
      ];
    };
    const names = ["a", "host"];
    expect(await seen(get("/", "X-Gw-Visit: secret\r\nA: b\r\n"), see)).toEqual([null, names, names, names]);
  });

  test("a GET with a length and a body loses the body and keeps the field", async () => {
    const see = (request: Request) => [request.body, request.headers.get("content-length")];
    expect(await seen(`${get("/", "Content-Length: 3\r\n")}abc`, see)).toEqual([null, "3"]);
  });
});

describe("worker serve: what the front reads", () => {
  test("Set-Cookie lines stay apart, other repeated fields are joined, the app's reason is not sent", async () => {
    const headers: [string, string][] = [
      ["Set-Cookie", "a"],
      ["X-A", "1"],
      ["X-A", "2"],
      ["Set-Cookie", "b"],
    ];
    await using app = serve(() => new Response(null, { status: 200, statusText: "Mine", headers }));
    using client = await app.connect();
    await client.send(get("/"));
    const text = await client.until("\r\n\r\n");
    expect(text).toStartWith("HTTP/1.1 200 OK\r\n");
    expect(text.match(/^(set-cookie|x-a): .*$/gim)).toEqual(["set-cookie: a", "set-cookie: b", "X-A: 1, 2"]);
  });

  test("HEAD of a stream says chunked and has no body", async () => {
    const pull = (controller: ReadableStreamDefaultController) => {
      controller.enqueue("x");
      controller.close();
    };
    await using app = serve(() => new Response(new ReadableStream({ pull })));
    using client = await app.connect();
    await client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n".repeat(2));
    const text = await client.until(
      (all) => all.split("HTTP/1.1 200 OK").length === 3 && all.endsWith("\r\n\r\n"),
    );
    expect(text.match(/transfer-encoding: chunked/gi)).toHaveLength(2);
    expect(text).not.toContain("\r\n0\r\n");
  });

  test("a stream's first piece leaves when it is written, not when the stream ends", async () => {
    const more = Promise.withResolvers<void>();
    const stream = async function* () {
      yield "first";
      await more.promise;
      yield "second";
    };
    await using app = serve(() => new Response(stream() as unknown as ReadableStream));
    using client = await app.connect();
    await client.send(get("/"));
    await client.until("first");
    more.resolve();
    await client.until(/second\r\n0\r\n\r\n$/);
  });

  test("a handler that throws ends in the error option", async () => {
    await using app = serve(() => Promise.reject(new Error("thrown")));
    using client = await app.connect();
    await client.send(get("/"));
    await client.until("error handler");
  });
});

describe("worker serve: a peer that leaves or is slow", () => {
  test.each(["terminate", "end"] as const)(
    "req.signal aborts when the front's end is closed (%s)",
    async (leave) => {
      const arrived = Promise.withResolvers<void>();
      const aborted = Promise.withResolvers<void>();
      await using app = serve((request) => {
        request.signal.addEventListener("abort", () => aborted.resolve());
        arrived.resolve();
        return new Promise<Response>(() => {});
      });
      using client = await app.connect();
      await client.send(get("/"));
      await arrived.promise;
      expect(app.server.pendingRequests).toBe(1);
      client[leave]();
      await aborted.promise;
    },
  );

  test("a stream is cancelled when the front's end is closed", async () => {
    const cancelled = Promise.withResolvers<void>();
    const source = {
      pull: (controller: ReadableStreamDefaultController) => controller.enqueue(new Uint8Array(65_536)),
      cancel: () => cancelled.resolve(),
    };
    await using app = serve(() => new Response(new ReadableStream(source)));
    using client = await app.connect();
    await client.send(get("/"));
    await client.until("HTTP/1.1 200");
    client.terminate();
    await cancelled.promise;
  });

  test("a stream that nobody reads is pulled a few times and then left alone", async () => {
    let pulled = 0;
    const pull = (controller: ReadableStreamDefaultController) => {
      pulled += 65_536;
      controller.enqueue(new Uint8Array(65_536));
    };
    await using app = serve(({ url }) =>
      url.endsWith("/big") ? new Response(new ReadableStream({ pull })) : new Response("pong"),
    );
    using slow = await app.connect();
    slow.pause();
    await slow.send(get("/big"));
    for (let turn = 0; turn < 50; turn++) await ping(app);
    expect(pulled).toBeGreaterThan(0);
    expect(pulled).toBeLessThan(8_000_000);
  });

  test("an upload that the app does not read stalls its sender", async () => {
    const first = Promise.withResolvers<void>();
    await using app = serve(async (request) => {
      if (request.method === "GET") return new Response("pong");
      await request.body?.getReader().read();
      first.resolve();
      return new Promise<Response>(() => {});
    });
    const sent = { bytes: 0 };
    const uploading = await Bun.connect({ unix: app.path, socket: { data() {}, drain: () => push() } });
    const piece = new Uint8Array(1_000_000);
    const push = () => {
      for (let taken = 1; taken > 0 && sent.bytes < 100_000_000; sent.bytes += Math.max(taken, 0))
        taken = uploading.write(piece);
    };
    uploading.write("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n");
    push();
    await first.promise;
    for (let turn = 0; turn < 50; turn++) await ping(app);
    uploading.terminate();
    expect(sent.bytes).toBeLessThan(16_000_000);
  });
});

describe("worker serve: the listener", () => {
  test("idleTimeout 0 leaves a quiet connection alone for longer than idleTimeout 1 does", async () => {
    await using app = serve(() => new Response("pong"));
    using quick = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 1,
      fetch: () => new Response("pong"),
    });
    using kept = await app.connect();
    await kept.send(get("/"));
    await kept.until("pong");
    using closed = await connectRaw(quick.url);
    await closed.send(get("/"));
    await closed.untilClosed();
    expect(kept.isClosed).toBe(false);
    await kept.send(get("/"));
    await kept.until(/pong[\s\S]*pong/);
  });

  test("stop removes the socket file and ends idle connections", async () => {
    await using app = serve(() => new Response("pong"));
    using client = await app.connect();
    await client.send(get("/"));
    await client.until("pong");
    void app.server.stop();
    await client.untilClosed();
    expect(existsSync(app.path)).toBe(false);
  });

  test("a path over the system's limit is refused with a code", () => {
    using temp = makeTempDir();
    const unix = join(temp.path, "x".repeat(120));
    const open = () => Bun.serve({ unix, fetch: () => new Response() });
    expect(open).toThrow(expect.objectContaining({ code: "ENAMETOOLONG" }));
  });

  test("a path that is taken is refused with a code", async () => {
    await using app = serve(() => new Response("pong"));
    const open = () => Bun.serve({ unix: app.path, fetch: () => new Response() });
    expect(open).toThrow(expect.objectContaining({ code: "EADDRINUSE" }));
  });
});

describe("worker serve: how large a head may be (src/core/requests/head-bounds.ts)", () => {
  /** Status of a request with so many fields in all, one of so many bytes, and how many the app has got. */
  async function ask(count: number, bytes = 1): Promise<[status: string, fields: string]> {
    await using app = serve(({ headers }) => new Response(`got ${[...headers].length}`));
    const fields = `X: ${"v".repeat(bytes)}\r\n${Array.from({ length: count - 2 }, (_, at) => `X-${at}: 1\r\n`).join("")}`;
    using client = await app.connect();
    await client.send(get("/", fields));
    const text = await client.until((so) => so.includes("\r\n\r\n"));
    return [text.split(" ")[1] ?? "", /got (\d+)/.exec(text)?.[1] ?? ""];
  }

  test("the bytes are bounded by a setting of the whole process, for servers that are open as well", async () => {
    const { maxHeaderSize } = http;
    await using app = serve(() => new Response("pong"));
    expect(await ask(2, 17_000)).toEqual(["431", ""]);
    try {
      Object.assign(http, { maxHeaderSize: 100_000 });
      expect(await ask(2, 99_000)).toEqual(["200", "2"]);
      expect(await ask(2, 101_000)).toEqual(["431", ""]);
      using client = await app.connect();
      await client.send(get("/", `X: ${"v".repeat(99_000)}\r\n`));
      await client.until("pong");
    } finally {
      Object.assign(http, { maxHeaderSize });
    }
  });

  test("the number of fields is bounded, and nothing changes that", async () => {
    expect(await ask(WORKER_FIELDS_MOST + 1)).toEqual(["200", String(WORKER_FIELDS_MOST + 1)]);
    expect(await ask(WORKER_FIELDS_MOST + 2)).toEqual(["431", ""]);
  });

  test("in HTTP/2 it is one field less", async () => {
    await using server = Bun.serve({
      ...{ port: 0, http2: true },
      fetch: ({ headers }: Request) => new Response(`got ${[...headers].length}`),
    } as never) as Bun.Server<undefined>;
    const statusOf = async (count: number): Promise<number> => {
      const session = connectH2(`http://127.0.0.1:${server.port}`);
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const fields = Object.fromEntries(Array.from({ length: count - 1 }, (_, at) => [`x-${at}`, "1"]));
      session.on("error", reject);
      session
        .request({ ":path": "/", ...fields })
        .on("response", ({ ":status": status }) => resolve(Number(status)))
        .on("error", reject)
        .resume();
      return promise.finally(() => session.destroy());
    };
    expect(await statusOf(WORKER_FIELDS_MOST)).toBe(200);
    expect(await statusOf(WORKER_FIELDS_MOST + 1)).toBe(431);
  });
});
