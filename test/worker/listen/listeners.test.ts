// Programs that open several listeners, in a real worker: one of them is the app, the others are where they asked to be,
// and the program notices nothing of being moved.
import { describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import type { WorkerSetup } from "../../../src/link/messages.ts";
import { freePort } from "../../support/free-port.ts";
import { eventually } from "../../support/gw.ts";
import { makeTempDir, type TempDir } from "../../support/temp-dir.ts";
import { ask, startWorker, type WorkerProcess } from "../../support/worker-process.ts";

const PUBLIC = 8123;

const bodyAt = async (port: number): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text();

/** `P` and `Q` are free ports, `node` and `bun` open a listener that answers with its name. */
function start(
  temp: TempDir,
  P: number,
  source: string,
  setup: Partial<WorkerSetup> = {},
  Q = 0,
): WorkerProcess {
  const text = `import { existsSync } from "node:fs";
    import { createServer } from "node:http";
    const P = ${P}, Q = ${Q}, PUBLIC = ${PUBLIC};
    const node = (name, ...args) => createServer((_req, res) => res.end(name)).listen(...args);
    const bun = (name, port, hostname) => Bun.serve({ port, hostname, fetch: () => new Response(name) });
    ${source}`;
  return startWorker(temp.write("app.ts", text), { setup, cwd: temp.path });
}

/** Whether a message of the log warns of this port, and says nothing else. */
const isWarningOf = (port: number, said: object) => Bun.deepMatch({ level: "warn", fields: { port } }, said);

describe("listeners: which one is the app", () => {
  const ROWS: [what: string, source: string][] = [
    ["on the public port, after another", `node("other", P); node("app", PUBLIC);`],
    ["the same with Bun.serve", `bun("other", P); bun("app", PUBLIC);`],
    ["much later in the load", `bun("other", P); await Bun.sleep(20); node("app", PUBLIC);`],
    [
      "after the load, with something under way",
      `node("other", P); setTimeout(() => bun("app", PUBLIC), 20);`,
    ],
    ["before the other", `bun("app", PUBLIC); node("other", P);`],
    ["without any port: Bun takes PORT", `process.env.PORT = String(PUBLIC); bun("other", P); bun("app");`],
    ["on what PORT says", `process.env.PORT = String(Q); bun("other", P); bun("app", Q);`],
    ["not on loopback", `node("other", P, "127.0.0.1"); node("app", Q);`],
    ["not on loopback, the first", `bun("app", Q); bun("other", P, "localhost");`],
    [
      "exported, beside a private one",
      `bun("other", P, "127.0.0.1"); export default { fetch: () => new Response("app") };`,
    ],
  ];
  test.each(ROWS)("listeners: %s", async (_what, source) => {
    using temp = makeTempDir();
    const port = freePort();
    await using worker = start(temp, port, source, {}, freePort());
    await worker.heard("ready");
    expect((await ask(worker, "/")).body).toBe("app");
    expect(await bodyAt(port)).toBe("other");
    expect(worker.stderr()).toBe("");
  });

  test("listeners: until the choice is made none of them is anywhere", async () => {
    using temp = makeTempDir();
    const port = freePort();
    await using worker = start(
      temp,
      port,
      `bun("a", P); node("b", Q);
       for (const port of [P, Q]) console.log(await fetch("http://127.0.0.1:" + port).catch(() => "refused"));
       bun("app", PUBLIC);`,
      {},
      freePort(),
    );
    await worker.heard("ready");
    await worker.printed("refused\nrefused\n");
  });

  test("listeners: two that nothing tells apart end the start with a question that names both", async () => {
    using temp = makeTempDir();
    const [one, two] = [freePort(), freePort()];
    await using worker = start(temp, one, `node("one", P); bun("two", Q);`, {}, two);
    expect(await worker.heard("failed")).toMatchObject({
      cause: "app_listens_twice",
      step: "listen",
      facts: { first: `port ${one}`, second: `port ${two}` },
    });
    expect(await worker.exited).toBe(3);
  });

  test("listeners: --app-port decides, and the public port is no argument then", async () => {
    using temp = makeTempDir();
    const [one, two] = [freePort(), freePort()];
    await using worker = start(temp, one, `node("other", P); node("app", Q);`, { appPort: two }, two);
    await worker.heard("ready");
    expect((await ask(worker, "/")).body).toBe("app");
    expect(await bodyAt(one)).toBe("other");
  });

  test("listeners: beside --app-port, one on the port of gw's clients is led away, before the app is there too", async () => {
    using temp = makeTempDir();
    const [one, two] = [freePort(), freePort()];
    await using worker = start(
      temp,
      one,
      `bun("other", P); console.log(await fetch("http://127.0.0.1:" + P).catch(() => "refused")); node("app", Q);`,
      { appPort: two, publicPort: one },
      two,
    );
    await worker.heard("ready");
    expect((await ask(worker, "/")).body).toBe("app");
    await worker.printed("refused\n");
  });

  test("listeners: a port of --app-port that the app has not opened yet is told", async () => {
    using temp = makeTempDir();
    await using worker = start(
      temp,
      freePort(),
      `node("other", P);
      const look = setInterval(() => existsSync("told") && (clearInterval(look), node("app", Q)), 10);`,
      { appPort: 3999 },
      3999,
    );
    await worker.heardAlso(() =>
      worker.messages().some(({ type, ...said }) => type === "log" && isWarningOf(3999, said)),
    );
    temp.write("told", "");
    await worker.heard("ready");
  });

  test("listeners: a port of --app-port on which nothing listens is told when nothing more can come", async () => {
    using temp = makeTempDir();
    await using worker = start(temp, 0, `node("other", 0).unref();`, { appPort: 3999 });
    expect(await worker.heard("failed")).toMatchObject({ cause: "app_port_missing", facts: { port: 3999 } });
  });
});

describe("listeners: one that is closed again is not the app", () => {
  test.each([
    [
      "of node:http",
      `await new Promise((resolve) => { const probe = node("probe", PUBLIC, () => probe.close(resolve)); });
       bun("app", PUBLIC);`,
    ],
    [
      "and listens again",
      `const server = createServer((_req, res) => res.end("app")).listen(PUBLIC);
       await new Promise((resolve) => server.close(resolve));
       await new Promise((resolve) => server.listen(PUBLIC, resolve));
`,
    ],
    ["of Bun", `bun("probe", PUBLIC).stop(); bun("app", PUBLIC);`],
    ["held", `bun("probe", P).stop(); bun("app", PUBLIC);`],
    [
      "of node:http, before the app listens late",
      `const probe = node("probe", PUBLIC, () => probe.close(() => setTimeout(() => bun("app", PUBLIC), 20)));`,
    ],
    ["before the app listens late", `bun("probe", P).stop(); setTimeout(() => bun("app", PUBLIC), 20);`],
  ])("closed: %s", async (_what, source) => {
    using temp = makeTempDir();
    await using worker = start(temp, freePort(), source);
    await worker.heard("ready");
    expect((await ask(worker, "/")).body).toBe("app");
  });
});

describe("listeners: the program notices nothing", () => {
  test("moved: a Bun server is the same object to its handlers, and says where it is", async () => {
    using temp = makeTempDir();
    const port = freePort();
    await using worker = start(
      temp,
      port,
      `const server = Bun.serve({ port: P, fetch(_request, given) {
         return Response.json([given === server, this === server, server.port, server.url.port, server.pendingRequests]);
       } });
       bun("app", PUBLIC);`,
    );
    await worker.heard("ready");
    expect(JSON.parse(await bodyAt(port))).toEqual([true, true, port, String(port), 1]);
  });

  test("moved: a Bun server can be reloaded and stopped", async () => {
    using temp = makeTempDir();
    const port = freePort();
    await using worker = start(
      temp,
      port,
      `const server = Bun.serve({ port: P, fetch() {
         server.reload({ fetch() { server.stop(); return new Response("reloaded"); } });
         return new Response("first");
       } });
       bun("app", PUBLIC);`,
    );
    await worker.heard("ready");
    expect([await bodyAt(port), await bodyAt(port)]).toEqual(["first", "reloaded"]);
    await expect(bodyAt(port)).rejects.toThrow();
    expect((await ask(worker, "/")).body).toBe("app");
  });

  test("moved: what a Bun server's reloads have changed before stays changed", async () => {
    using temp = makeTempDir();
    const port = freePort();
    const reloads = `server.reload({ fetch: (_, own) => new Response(String(own === server)) });
      server.reload({ fetch: () => new Response("reloaded"), routes: { "/route": new Response("route") } });`;
    await using worker = start(temp, port, `const server = bun("first", P); ${reloads} bun("app", PUBLIC);`);
    await worker.heard("ready");
    expect(await bodyAt(port)).toBe("reloaded");
    expect(await (await fetch(`http://127.0.0.1:${port}/route`)).text()).toBe("route");

    await using only = start(temp, port, `const server = bun("first", Q); ${reloads}`, {}, freePort());
    await only.heard("ready");
    expect((await ask(only, "/")).body).toBe("reloaded");
    expect((await ask(only, "/route")).body).toBe("route");
  });

  test("moved: a node server's events come once, and it says where it is", async () => {
    using temp = makeTempDir();
    const port = freePort();
    await using worker = start(
      temp,
      port,
      `const server = createServer((_req, res) => {
         res.end(String(server.address().port));
         server.close(() => console.log("callback of close"));
         server.closeAllConnections();
       });
       for (const event of ["listening", "close", "error"]) server.on(event, () => console.log(event));
       server.listen({ port: P }, () => console.log("callback"));
       await Bun.sleep(10);
       bun("app", PUBLIC);`,
    );
    await worker.heard("ready");
    await bodyAt(port).catch(() => undefined);
    const lines = () => worker.stdout().split("\n").filter(Boolean).sort();
    await eventually(async () => worker.stdout().includes("callback of close"), "the server has closed");
    expect(lines()).toEqual(["callback", "callback of close", "close", "listening"]);
  });

  test("moved: the only listener is told gw's address, whatever it asked for", async () => {
    using temp = makeTempDir();
    const port = freePort();
    await using worker = start(
      temp,
      port,
      `console.log(bun("app", P).port, node("other", 0, "127.0.0.1").address().port > 0);`,
    );
    await worker.heard("ready");
    await worker.printed(`${PUBLIC} true\n`);
    await expect(bodyAt(port)).rejects.toThrow();
  });
});

describe("listeners: a program that hears of its end", () => {
  const SAY = `process.on("beforeExit", () => console.log("over"));`;

  test("end: a program that closes its server then serves, as nothing is at its end", async () => {
    using temp = makeTempDir();
    const source = `const server = bun("app", P); process.on("beforeExit", () => server.stop()); ${SAY}`;
    await using worker = start(temp, freePort(), source);
    await worker.heard("ready");
    expect((await ask(worker, "/")).body).toBe("app");
    expect(worker.stdout()).toBe("");
  });

  test("end: one that has closed all that it opened is at its end, hears so, and could not start", async () => {
    using temp = makeTempDir();
    const source = `${SAY} const server = bun("app", P); setTimeout(() => server.stop(), 10);`;
    await using worker = start(temp, freePort(), source);
    expect(await worker.heard("failed")).toMatchObject({ cause: "app_exports_nothing" });
    await worker.printed("over\n");
  });
});

describe("listeners: what comes to nothing", () => {
  const taken = async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const { port } = server.address() as { port: number };
    return { port, [Symbol.dispose]: () => void server.close() };
  };

  const ROWS: [what: string, source: string][] = [
    ["node:http", `node("app", PUBLIC); node("other", P);`],
    ["node:http, held first", `node("other", P); await Bun.sleep(10); node("app", PUBLIC);`],
    [
      "node:http, with an app that looks away",
      `node("app", PUBLIC); node("other", P).on("error", () => {});`,
    ],
    ["Bun.serve", `bun("app", PUBLIC); bun("other", P);`],
    ["Bun.serve, held first", `bun("other", P); bun("app", PUBLIC);`],
    [
      "Bun.listen",
      `bun("app", PUBLIC); Bun.listen({ port: P, hostname: "0.0.0.0", socket: { data() {} } });`,
    ],
    ["node:net", `(await import("node:net")).createServer().listen(P); bun("app", PUBLIC);`],
  ];
  test.each(ROWS)("taken: a further port of %s ends the start, with its name", async (_what, source) => {
    using temp = makeTempDir();
    using stranger = await taken();
    await using worker = start(temp, stranger.port, source);
    expect(await worker.heard("failed")).toMatchObject({
      cause: "app_listen_failed",
      facts: { where: expect.stringContaining(`port ${stranger.port}`), reason: "another program is there" },
    });
    expect(await worker.exited).toBe(3);
  });

  const OWN = `const other = createServer((_req, res) => res.end("other"));
    other.on("error", ({ code }) => { console.log(code); other.listen(Q); });`;
  test.each([
    ["when it is opened", `${OWN} node("app", PUBLIC); other.listen(P);`],
    ["when it was held first", `${OWN} other.listen(P); await Bun.sleep(10); node("app", PUBLIC);`],
  ])("taken: an app that goes on to another port is let, %s", async (_what, source) => {
    using temp = makeTempDir();
    using stranger = await taken();
    const next = freePort();
    await using worker = start(temp, stranger.port, source, {}, next);
    await worker.heard("ready");
    await worker.printed("EADDRINUSE\n");
    expect(await bodyAt(next)).toBe("other");
  });

  test("taken: the port of the only listener may be taken, as it is not used", async () => {
    using temp = makeTempDir();
    using stranger = await taken();
    await using worker = start(temp, stranger.port, `node("app", P);`);
    await worker.heard("ready");
    expect((await ask(worker, "/")).body).toBe("app");
  });
});

describe("listeners: what is no HTTP/1.1 in the main thread", () => {
  const UNFIT: [what: string, source: string, facts: Record<string, unknown>][] = [
    [
      "node:http2 on the public port",
      `(await import("node:http2")).createServer().listen(PUBLIC);`,
      { where: `port ${PUBLIC}`, how: "with node:http2 alone" },
    ],
    [
      "node:http2 elsewhere",
      `(await import("node:http2")).createServer().listen(P);`,
      { where: expect.stringMatching(/^port \d+$/), how: "with node:http2 alone" },
    ],
    [
      "node:net on the public port, beside an app",
      `(await import("node:net")).createServer().listen(PUBLIC); bun("app", P);`,
      { where: `port ${PUBLIC} of ::`, how: "for raw connections" },
    ],
    [
      "a worker_thread on the public port",
      `const { Worker } = await import("node:worker_threads");
       new Worker(\`require("node:http").createServer().listen(\${PUBLIC})\`, { eval: true });`,
      { where: `port ${PUBLIC}`, how: "in a thread of its own" },
    ],
    [
      "a worker_thread",
      `const { Worker } = await import("node:worker_threads");
       new Worker(\`require("node:http").createServer().listen(\${P})\`, { eval: true });`,
      { where: expect.stringMatching(/^port \d+$/), how: "in a thread of its own" },
    ],
  ];
  test.each(UNFIT)(
    "unfit: %s",
    async (_what, source, facts) => {
      using temp = makeTempDir();
      await using worker = start(temp, freePort(), source);
      expect(await worker.heard("failed")).toMatchObject({
        cause: "app_listener_unfit",
        step: "listen",
        facts,
      });
    },
    20_000,
  );

  test("fit: node:http2 that allows HTTP/1 is served by what it does with it", async () => {
    using temp = makeTempDir();
    await using worker = start(
      temp,
      0,
      `const { createSecureServer } = await import("node:http2");
       const server = createSecureServer({ allowHTTP1: true }, (req, res) => res.end(req.httpVersion + req.url));
       server.listen(PUBLIC, () => console.log(server.listening, server.address().port));`,
    );
    await worker.heard("ready");
    expect((await ask(worker, "/x")).body).toBe("1.1/x");
    await worker.printed(`true ${PUBLIC}\n`);
  });

  test("fit: a program that tries whether the public port is free finds that it is", async () => {
    using temp = makeTempDir();
    await using worker = start(
      temp,
      0,
      `const probe = (await import("node:net")).createServer();
       await new Promise((resolve) => probe.listen(PUBLIC, "127.0.0.1", resolve));
       console.log(probe.address().port);
       await new Promise((resolve) => probe.close(resolve));
       bun("app", PUBLIC);`,
    );
    await worker.heard("ready");
    await worker.printed(`${PUBLIC}\n`);
  });
});

describe("listeners: embedded mode", () => {
  test("embedded: the app is on the public port, the other where it asked to be", async () => {
    using temp = makeTempDir();
    const [one, two] = [freePort(), freePort()];
    const listen = { host: "127.0.0.1", port: 0 };
    await using worker = start(temp, one, `node("other", P, "127.0.0.1"); node("app", Q);`, { listen }, two);
    const { port } = await worker.heard("ready");
    expect(await bodyAt(port ?? 0)).toBe("app");
    expect(await bodyAt(one)).toBe("other");
    await expect(bodyAt(two)).rejects.toThrow();
  });
});
