// An upgrade of whatever gw can be set up as, under load each time: nothing is lost, and what was so before is so after. Part of
// `npm run test:upgrade`.
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { control, obey, statusOf, workersOf } from "../support/control.ts";
import { freePort } from "../support/free-port.ts";
import { eventually, type Gw, type GwOptions, gwCommand, startGw } from "../support/gw.ts";
import { AS_ROOT, describeWith, type Need, ON_LINUX, testWith, WITH_PYTHON } from "../support/needs.ts";
import { nextGwIn } from "../support/next-gw.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";
import { tlsFlags } from "../support/tls-setup.ts";
import { PYTHON } from "../support/worker-process.ts";

setDefaultTimeout(120_000);

const APP = `export default { fetch: (request) =>
  new Response((process.env.WHO ?? "app") + " " + process.pid + " " + new URL(request.url).pathname) };`;
const HOOKS = `export const checkPassword = (environ, user, password) => user === "ann" && password === "right";`;
const WSGI = `import os
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [("python %d" % os.getpid()).encode()]
`;
const SERVICE = `console.log("service begins"); setInterval(() => {}, 1000);`;

/** What clients ask while another gw takes over, and how it is answered; by name, so that it is told what failed. */
type Row = {
  name: string;
  needs?: Need;
  options?: GwOptions;
  /** The words behind `start-server`. */
  words: (dir: TempDir) => string[];
  asks: { path: string; init?: RequestInit; says: RegExp; isTls?: boolean }[];
};

const asBasic = (user: string, password: string) => ({
  headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` },
});

function groupsIn(dir: TempDir): string[] {
  dir.write("app.ts", APP);
  const named = (name: string, more: object = {}) => ({ app: "app.ts", setenv: [`WHO=${name}`], ...more });
  const groups = { web: named("web", { processes: 2 }), api: named("api", { mount: "/api" }) };
  return ["--config", dir.write("gw.config.json", JSON.stringify({ groups }))];
}

function filesIn(dir: TempDir): string[] {
  chmodSync(dir.path, 0o755);
  mkdirSync(join(dir.path, "public"));
  dir.write("public/page.txt", "a file");
  return [dir.write("app.ts", APP), "--document-root", join(dir.path, "public"), "--user", "nobody"];
}

const ROWS: Row[] = [
  {
    name: "several groups",
    words: groupsIn,
    asks: [
      { path: "/x", says: /^web \d+ \/x$/ },
      { path: "/api/x", says: /^api \d+ \/x$/ },
    ],
  },
  {
    name: "hooks",
    words: (dir) => [dir.write("app.ts", APP), "--auth-user-script", dir.write("hooks.ts", HOOKS)],
    asks: [{ path: "/", init: asBasic("ann", "right"), says: /^app/ }],
  },
  {
    name: "an app in Python",
    needs: WITH_PYTHON,
    words: (dir) => [dir.write("app.py", WSGI), "--python", PYTHON ?? "python3", "--processes", "2"],
    asks: [{ path: "/", says: /^python \d+$/ }],
  },
  {
    name: "files, which the front ends read as another user",
    needs: AS_ROOT,
    // The server root is in there, and that user has to pass.
    options: { command: ["sh", "-c", 'chmod 755 "$TMPDIR" && exec "$0" "$@"', ...gwCommand()] },
    words: filesIn,
    asks: [
      { path: "/page.txt", says: /^a file$/ },
      { path: "/else", says: /^app \d+ \/else$/ },
    ],
  },
  {
    name: "TLS, beside plain HTTP",
    words: (dir) => [dir.write("app.ts", APP), "--https-port", String(freePort()), ...tlsFlags(dir.path)],
    asks: [
      { path: "/", says: /^app/ },
      { path: "/", says: /^app/, isTls: true },
    ],
  },
  {
    name: "a service",
    words: (dir) => [
      dir.write("app.ts", APP),
      ...["--service-script", "mail", dir.write("mail.ts", SERVICE)],
    ],
    asks: [{ path: "/", says: /^app/ }],
  },
  {
    name: "two front ends, and workers that are found by load",
    words: (dir) => [dir.write("app.ts", APP), "--front-ends", "2", "--processes", "1..3"],
    asks: [{ path: "/", says: /^app/ }],
  },
  {
    name: "all that is told of it: the status page, metrics, an access log",
    words: (dir) => [
      dir.write("app.ts", APP),
      ...[
        "--server-status",
        "--metrics-port",
        "0",
        "--access-log",
        "--log-directory",
        join(dir.path, "logs"),
      ],
    ],
    asks: [{ path: "/", says: /^app/ }],
  },
];

/** The certificate signs itself. */
const UNCHECKED = { tls: { rejectUnauthorized: false } };

const urlsOf = async (gw: Gw) => (await statusOf(gw)).urls;

describeWith(ON_LINUX)("an upgrade of gw with", () => {
  for (const { name, needs, options, words, asks } of ROWS)
    testWith(...(needs ? [needs] : []))(`slow upgrade: ${name}`, async () => {
      using dir = makeTempDir();
      await using gw = await startGw(words(dir), options);
      await using _ends = { [Symbol.asyncDispose]: async () => void (await control(gw, "stop", "--now")) };
      const urls = await urlsOf(gw);
      const baseOf = (isTls = false) => urls.find((url) => url.startsWith("https:") === isTls) ?? gw.url;
      const before = workersOf(await statusOf(gw)).length;
      const isFound = (await statusOf(gw)).groups.some(({ processes: { min, max } }) => min < max);
      const loads = asks.map(({ path, init, isTls }) =>
        startLoad(new URL(path, baseOf(isTls)).href, 2, { ...init, ...(isTls && UNCHECKED) }),
      );
      const file = nextGwIn(dir);
      for (let turn = 2; turn <= 3; turn++) {
        await eventually(() => loads.every(({ total }) => total > 20 * turn), "there is load");
        await obey(gw, "upgrade", file, "--leave-parent", "--wait");
        expect((await statusOf(gw)).generation).toBe(turn);
      }
      for (const load of loads) {
        const { counts, total } = await load.finish();
        expect(counts).toEqual({ "200": total });
      }
      for (const { path, init, says, isTls } of asks) {
        const answer = await fetch(new URL(path, baseOf(isTls)), {
          ...{ ...init, ...(isTls && UNCHECKED) },
          keepalive: false,
        });
        expect(await answer.text()).toMatch(says);
      }
      const status = await statusOf(gw);
      expect([status.state, status.urls]).toEqual(["serving", urls]);
      // A group between two numbers may have come to another one.
      if (!isFound) expect(workersOf(status).length).toBe(before);
      expect(gw.stderr()).not.toMatch(/ error /);
    });
});

describeWith(ON_LINUX)("an upgrade and", () => {
  const start = async (dir: TempDir, ...words: string[]) => {
    const gw = await startGw([dir.write("app.ts", APP), ...words]);
    const ends = { [Symbol.asyncDispose]: async () => void (await control(gw, "stop", "--now")) };
    return { gw, ends };
  };

  test("slow upgrade: clients of --sticky stay with the worker of the same number", async () => {
    using dir = makeTempDir();
    const { gw, ends } = await start(dir, "--processes", "4", "--sticky", "header=x-client");
    await using _gw = gw;
    await using _ends = ends;
    const placesOf = async () => {
      const numbers = new Map(workersOf(await statusOf(gw)).map(({ pid, slot }) => [String(pid), slot]));
      const ask = async (client: number) => {
        const answer = await fetch(gw.url, { headers: { "x-client": `c${client}` }, keepalive: false });
        return numbers.get((await answer.text()).split(" ")[1] ?? "");
      };
      return Promise.all(Array.from({ length: 24 }, (_, client) => ask(client)));
    };
    const before = await placesOf();
    expect(new Set(before).size).toBeGreaterThan(1);
    await obey(gw, "upgrade", nextGwIn(dir), "--leave-parent", "--wait");
    expect(await placesOf()).toEqual(before);
  });

  test("slow upgrade: counters never go back, and have counted each request in the end", async () => {
    using dir = makeTempDir();
    const { gw, ends } = await start(dir, "--processes", "2");
    await using _gw = gw;
    await using _ends = ends;
    const count = async () => {
      const text = (await control(gw, "metrics")).stdout;
      const lines = text
        .split("\n")
        .filter((line) => line.startsWith("http_server_request_duration_seconds_count{"));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
    };
    await using load = startLoad(gw.url, 2);
    const seen = [await count()];
    const upgraded = obey(gw, "upgrade", nextGwIn(dir), "--leave-parent", "--wait");
    let isOver = false;
    void upgraded.then(() => {
      isOver = true;
    });
    while (!isOver) seen.push(await count());
    await upgraded;
    const { total } = await load.finish();
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    await eventually(async () => (await count()) >= total, "all are counted");
    expect(await count()).toBe(total);
  });

  test("slow upgrade: a pause holds, those who wait at the old front ends are answered, and nobody is refused", async () => {
    using dir = makeTempDir();
    const { gw, ends } = await start(dir);
    await using _gw = gw;
    await using _ends = ends;
    await obey(gw, "pause", "--for", "10m");
    const ask = () => fetch(gw.url, { keepalive: false }).then(({ status }) => status);
    const early = Array.from({ length: 5 }, ask);
    await eventually(async () => (await statusOf(gw)).groups[0]?.queueLength === 5, "they wait");
    await obey(gw, "upgrade", nextGwIn(dir), "--leave-parent");
    const late = Array.from({ length: 5 }, ask);
    await eventually(
      async () => (await statusOf(gw)).groups[0]?.queueLength === 5,
      "these wait at the new ones",
    );
    expect((await statusOf(gw)).groups[0]?.state).toBe("paused");
    await obey(gw, "resume");
    expect(await Promise.all(late)).toEqual(Array(5).fill(200));
    expect(await Promise.all(early)).toEqual(Array(5).fill(200));
  });

  test("slow upgrade: while a new version is tried out it is refused by name, and both go on", async () => {
    using dir = makeTempDir();
    const { gw, ends } = await start(dir);
    await using _gw = gw;
    await using _ends = ends;
    await using load = startLoad(gw.url, 2);
    const trial = control(gw, "reload", "--percent", "20", "--watch", "3s", "--slower", "10000");
    await eventually(async () => (await statusOf(gw)).trial !== null, "the trial has begun");
    const file = nextGwIn(dir);
    const { code, stderr } = await control(gw, "upgrade", file, "--leave-parent");
    expect([code, stderr]).toEqual([1, expect.stringContaining("Generation 2 is tried out for another")]);
    expect((await trial).code).toBe(0);
    await obey(gw, "upgrade", file, "--leave-parent", "--wait");
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ "200": total });
  });
});
