// The status page on the binary: who is shown it, what it shows of what happens, what can be done there, and what becomes of it when
// the process that renders it ends.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { control, obey, statusOf } from "../support/control.ts";
import { freePort } from "../support/free-port.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { openPage } from "../support/page.ts";
import { childInRole } from "../support/proc-status.ts";
import { makePublicDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const APP = `export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/hold") await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
    if (pathname === "/die") process.exit(3);
    return new Response("hello from " + pathname);
  },
};`;

const metricsPort = freePort();
const dir = makePublicDir();
let gw: Gw;
let token: string;

beforeAll(async () => {
  const app = dir.write("app.ts", APP);
  const args = ["--processes", "2", "--server-status", "--metrics-port", String(metricsPort)];
  gw = await startGw([app, ...args, "--setenv", "SECRET_WORD=xyzzy"]);
  token = (await obey(gw, "status-token")).trim();
});

afterAll(async () => {
  await gw[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

const at = (query = "", from: string = gw.url) => new URL(`/server-status${query}`, from);
const get = async (query = "", init: RequestInit = {}) => fetch(at(query), init);
const read = async (query = "") => openPage(await (await get(query)).text());
const told = async () => (await get("?view=json")).json();

const act = (form: Record<string, string>) =>
  get("", { method: "POST", body: new URLSearchParams({ token, ...form }) });

describe("status page", () => {
  test("on the port for metrics a name of somebody else's is not taken for this machine's", async () => {
    const status = async (host: string) =>
      (await fetch(at("", `http://127.0.0.1:${metricsPort}`), { headers: { host } })).status;
    for (const host of ["localhost", "127.0.0.1:9100", "[::1]", "10.1.2.3"])
      expect([host, await status(host)]).toEqual([host, 200]);
    for (const host of ["rebind.example.com", "localhost.example.com", "1.2.3.4.example.com:9100"])
      expect([host, await status(host)]).toEqual([host, 403]);
  });

  test("shows workers and what is under way, on the port of clients and on the one for metrics", async () => {
    const leaving = new AbortController();
    const held = fetch(new URL("/hold?secret=1", gw.url), { signal: leaving.signal }).catch(() => {});
    await eventually(async () => (await told()).active.total === 1, "the request is under way");
    const pages = await Promise.all([
      read(),
      openPage(await (await fetch(at("", `http://127.0.0.1:${metricsPort}`))).text()),
    ]);
    for (const page of pages) {
      expect(page.document.title).toStartWith("gw: serving, port");
      expect(page.document.querySelectorAll(".workers tbody tr").length).toBe(2);
      expect(page.text("#scroll-requests tbody tr")).toContain("GET /hold");
      expect(page.document.body.innerHTML).not.toContain("secret=1");
      await page[Symbol.asyncDispose]();
    }
    leaving.abort();
    await held;
    await eventually(async () => (await told()).active.total === 0, "it is over");
  });

  test("is not shown to whom a proxy tells of, and the log says why", async () => {
    const answer = await get("", { headers: { "X-Forwarded-For": "203.0.113.9" } });
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining("status_forbidden")]);
    await gw.until(/status_forbidden.*x-forwarded-for/);
    expect(await (await fetch(new URL("/server-status/x", gw.url))).text()).toBe(
      "hello from /server-status/x",
    );
  });

  test("shows the configuration, and nothing of what variables hold", async () => {
    await using page = await read("?view=configuration");
    expect(page.text("main")).toContain("SECRET_WORD=(hidden)");
    expect(page.document.body.innerHTML).not.toContain("xyzzy");
  });

  test("goes on by itself, and is not counted among the app's requests", async () => {
    const leaving = new AbortController();
    const stream = await get("?events", { signal: leaving.signal });
    expect(stream.headers.get("content-type")).toBe("text/event-stream");
    const reader = (stream.body as ReadableStream<Uint8Array>).getReader();
    let text = "";
    while (text.split("event: sections").length < 3)
      text += new TextDecoder().decode((await reader.read()).value);
    expect(text).toContain('"s-summary":');
    const figures = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    expect(figures).not.toContain('group="status');
    leaving.abort();
  });
});

describe("status page: deeds", () => {
  test("need the token", async () => {
    const before = (await told()).status.groups[0].workers.map(({ pid }: { pid: number }) => pid);
    const answer = await act({ do: "restart", worker: "1", token: `${token}x` });
    expect(answer.status).toBe(403);
    await gw.until(/status page was shown a wrong token/);
    expect((await told()).status.groups[0].workers.map(({ pid }: { pid: number }) => pid)).toEqual(before);
  });

  test("restart, stack, pause and reload do what they say, and the log names them", async () => {
    const outcome = async (form: Record<string, string>) => {
      await using page = openPage(await (await act(form)).text());
      return page.text("[role=status]");
    };
    expect(await outcome({ do: "restart", worker: "1" })).toBe("The worker was replaced.");
    await gw.until(/asked for on the status page.*what=restart worker=1/);
    expect(await outcome({ do: "pause", group: "default" })).toStartWith("Requests of default wait now");
    // The page is no request of the app.
    expect((await told()).status.groups[0].state).toBe("paused");
    expect(await outcome({ do: "resume" })).toBe("Requests of default go on.");
    expect(await outcome({ do: "reload" })).toMatch(/^Generation 2 serves with 2 workers/);
    expect(await outcome({ do: "drain", worker: "77" })).toContain("There is no worker 77");
  });

  test("an open stream holds up no reload", async () => {
    const stream = await get("?events");
    const ended = stream.text();
    await obey(gw, "restart", "--front");
    expect(await ended).toContain("event: sections");
    await eventually(
      async () => (await told()).status.generations.length === 1,
      "the old generation has left",
    );
  });
});

describe("status page: faults", () => {
  test("a worker that crashes stands there with its reason and its request", async () => {
    await fetch(new URL("/die", gw.url)).catch(() => {});
    await eventually(async () => (await told()).records.ends.at(-1)?.reason === "crash", "the end is told");
    await using page = await read();
    expect(page.text("#s-incidents")).toMatch(/worker \d: crash .*exit code 3/);
    expect(page.text("#s-incidents")).toContain("GET /die");
    expect(page.text("#s-incidents")).toContain("worker_died");
  });

  test("when the process that renders it dies another one takes its place, and the app serves on", async () => {
    process.kill(childInRole(gw.pid, "__metrics").pid, "SIGKILL");
    await gw.until(/metrics ended/);
    expect(await (await fetch(new URL("/", gw.url))).text()).toBe("hello from /");
    await eventually(async () => (await get()).status === 200, "the page is there again");
  });

  test("when its socket is removed, with all others, the process that renders it is replaced, by name", async () => {
    rmSync(join((await statusOf(gw)).serverRoot, "run"), { recursive: true });
    await gw.until(/metrics ended .*reason=crash kind=killed_by_gw why="its socket has vanished"/);
    await eventually(async () => (await get()).status === 200, "the page is there again");
  });

  test("without the option the path is the app's, and there is no token", async () => {
    const app = dir.write("plain.ts", APP);
    await using plain = await startGw([app]);
    expect(await (await fetch(at("", plain.url))).text()).toBe("hello from /server-status");
    expect((await control(plain, "status-token")).stderr).toContain("--server-status is not set");
  });
});
