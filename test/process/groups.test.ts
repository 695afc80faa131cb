// Several groups in one gw: which of them a request reaches, what each has for itself, and that the trouble of one is
// not the trouble of another.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { control, obey, statusOf, textOf, workersOf } from "../support/control.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { limitOf } from "../support/proc-status.ts";
import { writeProcessApp } from "../support/process-app.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

/** Tells who it is, what it was asked, and what it was told of its mount. */
const WHO = `export default { fetch: (request) => Response.json({
  who: process.env.WHO, path: new URL(request.url).pathname, prefix: request.headers.get("X-Forwarded-Prefix"),
  home: process.cwd(), pid: process.pid }) };`;

type Seen = { who: string; path: string; prefix: string | null; home: string; pid: number };

const named = (name: string, more: object = {}) => ({ app: "who.ts", setenv: [`WHO=${name}`], ...more });

function configure(dir: TempDir, config: object): void {
  dir.write("who.ts", WHO);
  dir.write("gw.config.json", JSON.stringify(config));
}

function start(dir: TempDir, config: object): Promise<Gw> {
  configure(dir, config);
  return startGw(["--config", join(dir.path, "gw.config.json")]);
}

/** On a connection of its own: an old one leads to the old front end for a while after a reload. */
const ask = (gw: Gw, host: string, path: string, headers: Record<string, string> = {}) =>
  fetch(new URL(path, gw.url), { headers: { ...headers, Host: host }, keepalive: false });

async function whoAnswers(gw: Gw, host: string, path: string): Promise<string> {
  const answer = await ask(gw, host, path);
  if (!answer.ok)
    return `${answer.status} ${/details="(\w+)"/.exec(answer.headers.get("Proxy-Status") ?? "")?.[1]}`;
  const { who, path: seen, prefix } = (await answer.json()) as Seen;
  return [who, seen, prefix].filter((word) => word !== null).join(" ");
}

describe("places", () => {
  const GROUPS = {
    web: named("web", { serverName: "www.test", serverAlias: ["*.wild.test"] }),
    api: named("api", { serverName: "www.test", mount: "/api" }),
    whole: named("whole", { serverName: "www.test", mount: "/whole", stripMount: false }),
    other: named("other", { serverName: "other.test", mount: "/only" }),
  };

  test("groups: by host, wildcard and mount; what has no place is told apart", async () => {
    using dir = makeTempDir();
    await using gw = await start(dir, { groups: GROUPS });
    const asked: [host: string, path: string, answer: string][] = [
      ["www.test", "/", "web /"],
      ["WWW.test:80", "/x/y", "web /x/y"],
      ["www.test", "/api", "api / /api"],
      ["www.test", "/api/x?y", "api /x /api"],
      ["www.test", "/apis", "web /apis"],
      ["www.test", "/whole/x", "whole /whole/x /whole"],
      ["a.b.wild.test", "/api", "web /api"],
      ["other.test", "/only/x", "other /x /only"],
      ["other.test", "/", "404 not_mounted"],
      ["wild.test", "/", "421 unknown_host"],
      ["unknown.test", "/api", "421 unknown_host"],
    ];
    for (const [host, path, answer] of asked)
      expect([host, path, await whoAnswers(gw, host, path)]).toEqual([host, path, answer]);
    const forged = await ask(gw, "www.test", "/api/x", { "X-Forwarded-Prefix": "/forged" });
    expect(((await forged.json()) as Seen).prefix).toBe("/api");
    configure(dir, { groups: GROUPS, defaultGroup: "web" });
    await obey(gw, "reload");
    await eventually(
      async () => (await whoAnswers(gw, "unknown.test", "/api")) === "web /api",
      "the default group answers",
    );
    expect(await whoAnswers(gw, "other.test", "/")).toBe("404 not_mounted");
  });

  test("groups: Express sees its mount as the base of its URLs", async () => {
    using dir = makeTempDir();
    const app = join(import.meta.dir, "../apps/mounted-express.ts");
    await using gw = await start(dir, { groups: { web: named("web"), shop: { app, mount: "/shop" } } });
    expect(await (await fetch(`${gw.url}shop/inner/where`)).json()).toEqual({
      url: "/where",
      baseUrl: "/shop/inner",
      originalUrl: "/shop/inner/where",
      path: "/where",
    });
    const left = await fetch(`${gw.url}shop/leave`, { redirect: "manual" });
    expect(left.headers.get("Location")).toBe("/shop/arrived?from=here");
    // With or without the slash makes a difference to relative links, so the app must be able to tell.
    const nowhere = async (path: string) =>
      /Cannot GET [^<]*/.exec(await (await fetch(gw.url + path)).text())?.[0];
    expect([await nowhere("shop"), await nowhere("shop/")]).toEqual([
      "Cannot GET /shop",
      "Cannot GET /shop/",
    ]);
    expect(await whoAnswers(gw, "any.test", "/shopping")).toBe("web /shopping");
  });

  test("groups: a route runs in another group, with its own limits and timeouts, and blocks nobody", async () => {
    using dir = makeTempDir();
    writeProcessApp(dir);
    await using gw = await start(dir, {
      shutdownTimeout: "1s",
      groups: {
        web: { app: "app.ts", route: ["/never=slow", "/reports/*=slow"] },
        slow: { concurrency: 1, requestTimeout: "4s", queueTimeout: "300ms" },
      },
    });
    const hanging = fetch(`${gw.url}never`);
    await gw.until(/hanging/);
    const refused = await fetch(`${gw.url}reports/1`);
    expect([refused.status, refused.headers.get("Proxy-Status")]).toEqual([
      503,
      expect.stringContaining("queue_timeout"),
    ]);
    const [web] = workersOf(await statusOf(gw), "web");
    expect(await textOf(gw.url)).toBe(String(web?.pid));
    expect((await hanging).status).toBe(504);
    await eventually(async () => (await fetch(`${gw.url}reports`)).ok, "the slow group answers again");
    const status = await statusOf(gw);
    expect(await textOf(`${gw.url}reports`)).toBe(String(workersOf(status, "slow")[0]?.pid));
    expect(status.groups.map(({ name, mount }) => [name, mount])).toEqual([
      ["web", "/"],
      ["slow", null],
    ]);
  });
});

test("groups: each has its own number of workers, environment, home, limits and name", async () => {
  using dir = makeTempDir();
  mkdirSync(join(dir.path, "elsewhere"));
  await using gw = await start(dir, {
    openFiles: 700,
    groups: {
      web: named("web", { processes: 2, displayName: "shop %{GROUP}" }),
      api: named("api", { mount: "/api", home: "elsewhere", openFiles: 600, memoryLimit: "300M" }),
    },
  });
  const seen = async (path: string) => (await (await fetch(gw.url + path)).json()) as Seen;
  expect(await seen("")).toMatchObject({ who: "web", home: dir.path });
  expect(await seen("api")).toMatchObject({ who: "api", home: join(dir.path, "elsewhere") });
  const status = await statusOf(gw);
  const [web, api] = [workersOf(status, "web"), workersOf(status, "api")];
  expect([web.length, api.length]).toEqual([2, 1]);
  const pids = [web[0]?.pid ?? 0, api[0]?.pid ?? 0];
  expect(pids.map((pid) => limitOf(pid, "Max open files")[0])).toEqual(["700", "600"]);
  const [free, bounded] = pids.map((pid) => limitOf(pid, "Max data size")[0]);
  expect([free, Number(bounded) > 300 * 2 ** 20]).toEqual(["unlimited", true]);
  const titles = pids.map((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0]);
  expect(titles).toEqual(["shop (gw:web)", "(gw:api)"]);
});

test("groups: that the app of one keeps ending is not noticed by the other", async () => {
  using dir = makeTempDir();
  dir.write(
    "fragile.ts",
    `if (await Bun.file("dead").exists()) process.exit(3);
     export default { fetch: () => (setTimeout(() => process.exit(3)), new Response("last")) };`,
  );
  await using gw = await start(dir, {
    connectTimeout: "300ms",
    groups: { web: named("web", { processes: 2 }), api: { app: "fragile.ts", mount: "/api" } },
  });
  const pidsOf = async () => workersOf(await statusOf(gw), "web").map(({ pid }) => pid);
  const before = await pidsOf();
  await using load = startLoad(gw.url, 4);
  dir.write("dead", "");
  await textOf(`${gw.url}api`);
  await eventually(async () => (await statusOf(gw)).troubles[0]?.deaths === 2, "it has ended twice");
  const status = await statusOf(gw);
  expect(status.state).toBe("serving");
  expect(status.groups.map(({ state }) => state)).toEqual(["serving", "waiting"]);
  expect(status.troubles).toMatchObject([{ process: "api worker 3" }]);
  expect((await control(gw, "status")).stdout).toContain("api");
  expect(await whoAnswers(gw, "any.test", "/api")).toBe("503 no_worker");
  expect(await pidsOf()).toEqual(before);
  const { counts, total } = await load.finish();
  expect(counts).toEqual({ "200": total });
});

describe("reload", () => {
  test("groups: one comes, one moves, one goes; no request of the others fails", async () => {
    using dir = makeTempDir();
    const web = named("web", { processes: 2 });
    await using gw = await start(dir, { groups: { web, api: named("api", { mount: "/api" }) } });
    await using load = startLoad(gw.url, 4);
    await using apiLoad = startLoad(`${gw.url}api`, 4);
    const change = async (groups: object) => {
      configure(dir, { groups: { web, ...groups } });
      await obey(gw, "reload");
    };
    const api = named("api", { mount: "/api" });
    await change({ api, more: named("more", { mount: "/more" }) });
    expect(await whoAnswers(gw, "any.test", "/more/x")).toBe("more /x /more");
    await change({ api, more: named("more", { mount: "/moved" }) });
    // While a listener of the first generation closes, new connections may go to one of the second.
    const comesTo = (path: string, answer: string) =>
      eventually(async () => (await whoAnswers(gw, "any.test", path)) === answer, `${path} is ${answer}`);
    await comesTo("/moved/x", "more /x /moved");
    await comesTo("/more/x", "web /more/x");
    await change({ api });
    await comesTo("/moved/x", "web /moved/x");
    expect((await statusOf(gw)).groups.map(({ name }) => name)).toEqual(["web", "api"]);
    for (const one of [load, apiLoad]) {
      const { counts, total } = await one.finish();
      expect(counts).toEqual({ "200": total });
    }
  });

  test("groups: one that does not come up refuses the whole reload, and is named", async () => {
    using dir = makeTempDir();
    const groups = { web: named("web"), api: { app: "api.ts", mount: "/api" } };
    dir.write("api.ts", "export default { fetch: () => new Response('api') };");
    await using gw = await start(dir, { groups });
    const before = await statusOf(gw);
    dir.write("api.ts", "throw new Error('no database');");
    configure(dir, { groups: { ...groups, web: named("newer") } });
    const { code, stderr } = await control(gw, "reload");
    expect(stderr).toMatch(/api: [\s\S]*no database/);
    expect(code).toBe(1);
    expect(await whoAnswers(gw, "any.test", "/")).toBe("web /");
    const after = await statusOf(gw);
    expect(after.refused?.reason).toStartWith("api: ");
    for (const name of ["web", "api"])
      expect(workersOf(after, name).map(({ pid }) => pid)).toEqual(
        workersOf(before, name).map(({ pid }) => pid),
      );
  });
});
