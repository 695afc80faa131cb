// Reloads of the real executable: what clients see, what operators are told, and that the old generation serves on
// whatever is wrong with the new one.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { control, obey, openSocket, statusOf, textOf, workersOf } from "../support/control.ts";
import { eventually, type Gw, launchGw, startGw } from "../support/gw.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const answering = (text: string) => `export default { fetch: () => new Response(${JSON.stringify(text)}) };`;

const generationsOf = async (gw: Gw) => (await statusOf(gw)).generations.map(({ number }) => number);

describe("a new version of the app", () => {
  test("reload: the next request gets the new version, and gw says which generation serves", async () => {
    using dir = makeTempDir();
    const app = dir.write("app.ts", answering("one"));
    await using gw = await startGw([app, "--processes", "2"]);
    expect(await textOf(gw.url)).toBe("one");
    dir.write("app.ts", answering("two"));
    expect(await obey(gw, "reload", "--wait")).toMatch(/^generation 2 serves \(2 workers, after \d+ ms\)\n/);
    expect(await textOf(gw.url)).toBe("two");
    const status = await statusOf(gw);
    expect(status).toMatchObject({ generation: 2, restarts: { script_reload: 2 }, refused: null });
    expect(workersOf(status)).toMatchObject([
      { slot: 1, generation: 2, state: "ready", app },
      { slot: 2, generation: 2, state: "ready", app },
    ]);
  });

  test("reload: SIGHUP does the same", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", answering("one"))]);
    dir.write("app.ts", answering("two"));
    gw.signal("SIGHUP");
    await gw.until(/the new generation serves generation=2/);
    expect(await textOf(gw.url)).toBe("two");
  });

  test("reload: twenty SIGHUPs in a row end in the last version, and pile up nothing", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", answering("one"))]);
    for (let n = 0; n < 20; n++) {
      dir.write("app.ts", answering(`version ${n}`));
      gw.signal("SIGHUP");
      await gw.until((output) => output.split("is started generation=").length > 1);
    }
    await eventually(async () => (await textOf(gw.url)) === "version 19", "the last version answers");
    await eventually(async () => (await generationsOf(gw)).length === 1, "one generation is left");
  });

  test("reload: a request that has begun is finished by its old worker, whose code is still the old one", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `export default { async fetch(request) {
        if (!request.url.endsWith("/slow")) return new Response("old");
        console.log("begun");
        await new Promise((go) => process.once("SIGUSR2", go));
        return new Response("old, late");
      } };`,
    );
    await using gw = await startGw([app]);
    const slow = textOf(`${gw.url}slow`);
    await gw.until(/begun/);
    const [old] = workersOf(await statusOf(gw));
    dir.write("app.ts", answering("new"));
    expect(await obey(gw, "reload")).toContain("generation 1 finishes: 1 request");
    expect(await textOf(gw.url)).toBe("new");
    expect(await generationsOf(gw)).toEqual([2, 1]);
    process.kill(old?.pid ?? 0, "SIGUSR2");
    expect(await slow).toBe("old, late");
    await eventually(async () => (await generationsOf(gw)).length === 1, "the old generation has left");
  });

  test("reload: under load, again and again, no request fails", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", answering("x")), "--processes", "2"]);
    await using load = startLoad(gw.url);
    for (let n = 0; n < 8; n++) await obey(gw, "reload");
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ "200": total });
  });
});

describe("a version that does not come up", () => {
  const broken: [string, string, RegExp][] = [
    ["does not parse", "export default {", /app\.ts:1/],
    ["throws", `throw new Error("no database"); export default {};`, /no database/],
    ["ends its process", "process.exit(3);", /exit code 3/],
    ["exports nothing", "export const a = 1;", /exports nothing/],
  ];
  test.each(broken)(
    "reload: one that %s is refused with its own words; the old one serves",
    async (_, source, says) => {
      using dir = makeTempDir();
      await using gw = await startGw([dir.write("app.ts", answering("good")), "--processes", "2"]);
      const before = workersOf(await statusOf(gw)).map(({ pid }) => pid);
      dir.write("app.ts", source);
      const { code, stderr } = await control(gw, "reload");
      expect(stderr).toMatch(says);
      expect(stderr).toContain("generation 1 serves on");
      expect(code).toBe(1);
      expect(await textOf(gw.url)).toBe("good");
      const status = await statusOf(gw);
      expect(workersOf(status).map(({ pid }) => pid)).toEqual(before);
      expect(status.refused).toMatchObject({ generation: 2, by: "gw reload" });
      expect(await obey(gw, "status")).toContain("generation 2 was refused");
      dir.write("app.ts", answering("better"));
      expect(await obey(gw, "reload")).toContain("generation 3 serves");
      expect(await textOf(gw.url)).toBe("better");
      expect((await statusOf(gw)).refused).toBeNull();
    },
  );

  test("reload: one that never finishes loading is given up at the startup timeout", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", answering("good")), "--startup-timeout", "3s"]);
    dir.write("app.ts", "await new Promise((go) => setTimeout(go, 600_000)); export default {};");
    const { code, stderr } = await control(gw, "reload");
    expect(stderr).toContain("The app was not ready 3 s after its worker was started");
    expect(code).toBe(1);
    expect(await textOf(gw.url)).toBe("good");
  });

  test("reload: gw can be stopped while a new generation is starting", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", answering("good"))]);
    dir.write(
      "app.ts",
      `console.log("loading"); await new Promise((go) => setTimeout(go, 600_000)); export default {};`,
    );
    const reload = control(gw, "reload");
    await gw.until(/loading/);
    expect(await gw.stop()).toBe(0);
    expect((await reload).code).toBe(1);
  });
});

describe("a changed configuration", () => {
  const start = (dir: TempDir, config: object) => {
    dir.write("app.ts", answering("good"));
    writeConfig(dir, config);
    return startGw(["--config", join(dir.path, "gw.config.json")]);
  };
  const writeConfig = (dir: TempDir, config: object) =>
    writeFileSync(join(dir.path, "gw.config.json"), JSON.stringify({ app: "app.ts", ...config }));

  test("reload: what only front ends act on is changed by new front ends on the same port", async () => {
    using dir = makeTempDir();
    await using gw = await start(dir, { limitRequestBody: "1M" });
    const body = "x".repeat(2_000);
    expect((await fetch(gw.url, { method: "POST", body })).status).toBe(200);
    const [front] = (await statusOf(gw)).fronts;
    await using load = startLoad(gw.url);
    writeConfig(dir, { limitRequestBody: 1_000 });
    await obey(gw, "reload", "--wait");
    expect((await fetch(gw.url, { method: "POST", body })).status).toBe(413);
    const { fronts } = await statusOf(gw);
    expect(fronts).toMatchObject([{ slot: 1, state: "ready" }]);
    expect(fronts[0]?.pid).not.toBe(front?.pid);
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ "200": total });
  });

  test("reload: another number of workers, another environment", async () => {
    using dir = makeTempDir();
    await using gw = await start(dir, { processes: 1 });
    dir.write("app.ts", "export default { fetch: () => new Response(process.env.COLOR) };");
    writeConfig(dir, { processes: 3, setenv: ["COLOR=green"] });
    expect(await obey(gw, "reload")).toContain("(3 workers,");
    expect(await textOf(gw.url)).toBe("green");
  });

  test("reload: what needs a new start of gw is refused by name, before anything happens", async () => {
    using dir = makeTempDir();
    await using gw = await start(dir, { host: "127.0.0.1" });
    const before = workersOf(await statusOf(gw)).map(({ pid }) => pid);
    writeConfig(dir, { host: "127.0.0.1", embeddedMode: true, serverRoot: "/tmp/gw-elsewhere" });
    const { code, stderr } = await control(gw, "reload");
    expect(stderr).toContain("embeddedMode");
    expect(stderr).toContain("serverRoot");
    expect(code).toBe(1);
    expect(workersOf(await statusOf(gw)).map(({ pid }) => pid)).toEqual(before);
  });

  test("reload: all that is wrong in the file is told, with its lines; the old generation serves", async () => {
    using dir = makeTempDir();
    await using gw = await start(dir, {});
    writeFileSync(
      join(dir.path, "gw.config.json"),
      `{\n  "app": "app.ts",\n  "procesess": 2,\n  "port": "many"\n}\n`,
    );
    const { code, stderr } = await control(gw, "reload");
    expect(stderr).toMatch(/gw\.config\.json:3/);
    expect(stderr).toMatch(/gw\.config\.json:4/);
    expect(code).toBe(1);
    expect(await textOf(gw.url)).toBe("good");
  });
});

describe("releases", () => {
  function release(dir: TempDir, name: string, text: string): void {
    mkdirSync(join(dir.path, name), { recursive: true });
    writeFileSync(
      join(dir.path, name, "app.ts"),
      `import { text } from "./text.ts"; export default { fetch: async () => new Response(text + (await import("./late.ts")).late) };`,
    );
    writeFileSync(join(dir.path, name, "text.ts"), `export const text = ${JSON.stringify(text)};`);
    writeFileSync(
      join(dir.path, name, "late.ts"),
      `export const late = " " + process.cwd().split("/").at(-1);`,
    );
  }
  function switchTo(dir: TempDir, name: string): void {
    symlinkSync(name, join(dir.path, "next"));
    renameSync(join(dir.path, "next"), join(dir.path, "current"));
  }
  /** Two releases, and the link to the first. */
  function makeReleases(): TempDir {
    const dir = makeTempDir();
    release(dir, "r1", "first");
    release(dir, "r2", "second");
    switchTo(dir, "r1");
    return dir;
  }

  test("reload: a switched link is followed at the reload, not before; a worker that is replaced stays with its release", async () => {
    using dir = makeReleases();
    await using gw = await startGw([join(dir.path, "current/app.ts")]);
    expect(await textOf(gw.url)).toBe("first r1");
    switchTo(dir, "r2");
    await obey(gw, "restart");
    expect(await textOf(gw.url)).toBe("first r1");
    expect(workersOf(await statusOf(gw))[0]?.app).toEndWith("/r1/app.ts");
    await obey(gw, "reload");
    expect(await textOf(gw.url)).toBe("second r2");
    const status = await statusOf(gw);
    expect(workersOf(status)[0]?.app).toEndWith("/r2/app.ts");
    expect(status.previous?.apps[0]).toEndWith("/r1/app.ts");
  });

  test("restart --front: the release that serves stays, also after a rollback, wherever the link leads", async () => {
    using dir = makeReleases();
    await using gw = await startGw([join(dir.path, "current/app.ts")]);
    switchTo(dir, "r2");
    await obey(gw, "restart", "--front");
    expect(await textOf(gw.url)).toBe("first r1");
    await obey(gw, "reload");
    expect(await textOf(gw.url)).toBe("second r2");
    await obey(gw, "rollback");
    await obey(gw, "restart", "--front");
    expect(await textOf(gw.url)).toBe("first r1");
    switchTo(dir, "nowhere");
    await obey(gw, "restart", "--front");
    expect(await textOf(gw.url)).toBe("first r1");
  });

  test("rollback: to the release before, while it is there; the link is not asked", async () => {
    using dir = makeReleases();
    await using gw = await startGw([join(dir.path, "current/app.ts")]);
    const early = await control(gw, "rollback");
    expect(early.stderr).toContain("No generation before");
    expect(early.code).toBe(1);
    switchTo(dir, "r2");
    await obey(gw, "reload");
    expect(await obey(gw, "rollback")).toContain("generation 4 serves");
    expect(await textOf(gw.url)).toBe("first r1");
    await obey(gw, "rollback");
    expect(await textOf(gw.url)).toBe("second r2");
    rmSync(join(dir.path, "r1"), { recursive: true });
    const late = await control(gw, "rollback");
    expect(late.stderr).toContain("are gone");
    expect(late.code).toBe(1);
    expect(await textOf(gw.url)).toBe("second r2");
  });

  test("reload: a release that was removed under its workers is named, and a reload takes up the new one", async () => {
    using dir = makeReleases();
    await using gw = await startGw([join(dir.path, "current/app.ts")]);
    switchTo(dir, "r2");
    rmSync(join(dir.path, "r1"), { recursive: true });
    process.kill(workersOf(await statusOf(gw))[0]?.pid ?? 0, "SIGKILL");
    await gw.until(/its directory \S+\/r1 is gone; gw reload takes up what is there now/);
    await obey(gw, "reload");
    expect(await textOf(gw.url)).toBe("second r2");
  });

  test("rollback: files that were changed in place cannot be brought back, and gw says so", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", answering("one"))]);
    dir.write("app.ts", answering("two"));
    await obey(gw, "reload");
    const { code, stderr } = await control(gw, "rollback");
    expect(stderr).toContain("what was changed in place is not kept");
    expect(code).toBe(1);
  });
});

describe("what lasts long", () => {
  const APP = `
    Bun.serve({
      fetch(request, server) {
        if (server.upgrade(request)) return;
        if (!request.url.endsWith("/events")) return new Response(String(process.pid));
        const stream = new ReadableStream({ start(controller) { controller.enqueue("data: 1\\n\\n"); } });
        return new Response(stream, { headers: { "content-type": "text/event-stream" } });
      },
      websocket: { message(socket) { socket.send(String(process.pid)); } },
    });`;

  test("reload: WebSockets and event streams stay with the old generation, their number is shown, and the time is bounded", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([
      dir.write("app.ts", APP),
      "--stream-drain-timeout",
      "2s",
      "--shutdown-timeout",
      "1s",
      "--graceful-timeout",
      "1s",
    ]);
    const old = await textOf(gw.url);
    const socket = await openSocket(gw.url);
    const events = (await fetch(`${gw.url}events`)).body?.getReader();
    await events?.read();
    await eventually(async () => (await statusOf(gw)).generations[0]?.streams === 1, "the stream is counted");
    expect(await obey(gw, "reload")).toContain(
      "generation 1 finishes: 1 request (1 of them a stream), 1 WebSocket",
    );
    expect(await textOf(gw.url)).not.toBe(old);
    const answer = new Promise((resolve) => {
      socket.onmessage = ({ data }) => resolve(data);
    });
    socket.send("who?");
    expect(await answer).toBe(old);
    expect((await statusOf(gw)).generations).toMatchObject([
      { number: 2, state: "serving" },
      { number: 1, state: "draining", streams: 1, tunnels: 1 },
    ]);
    const closed = new Promise((resolve) => {
      socket.onclose = resolve;
    });
    await closed;
    await gw.until(/info +front 1: WebSockets are closed cause=worker_stopped count=1 /);
    await expect(events?.read()).rejects.toThrow();
    await eventually(async () => (await generationsOf(gw)).length === 1, "the old generation has left");
  });

  test("reload: old generations do not pile up: the oldest one's streams are cut when there are too many", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", APP), "--graceful-timeout", "10m"]);
    const sockets: WebSocket[] = [];
    for (let n = 0; n < 5; n++) {
      sockets.push(await openSocket(gw.url));
      expect(await obey(gw, "reload")).not.toContain("waiting");
    }
    expect((await generationsOf(gw)).length).toBeLessThanOrEqual(4);
    expect(gw.stderr()).toContain("the oldest generation is cut short");
    for (const socket of sockets) socket.close();
  });

  test("restart --front: of too many old generations the oldest is cut when its connections only carry streams", async () => {
    using dir = makeTempDir();
    await using gw = await startGw([dir.write("app.ts", APP), "--graceful-timeout", "10m"]);
    const sockets: WebSocket[] = [];
    for (let n = 0; n < 5; n++) {
      sockets.push(await openSocket(gw.url));
      await obey(gw, "restart", "--front");
    }
    expect((await generationsOf(gw)).length).toBeLessThanOrEqual(4);
    for (const socket of sockets) socket.close();
  });

  test("reload: a request of the oldest of too many generations is waited for, and the command says so", async () => {
    using dir = makeTempDir();
    const app = dir.write(
      "app.ts",
      `process.once("SIGUSR2", () => answer.resolve(new Response("late")));
       const answer = Promise.withResolvers();
       export default { fetch() { console.log("begun"); return answer.promise; } };`,
    );
    await using gw = await startGw([app, "--graceful-timeout", "10m"]);
    const late: Promise<string>[] = [];
    for (let n = 1; n <= 3; n++) {
      late.push(textOf(gw.url));
      await gw.until((output) => output.split("begun").length > n);
      await obey(gw, "reload");
    }
    const reload = obey(gw, "reload");
    await gw.until(/is waited for: too many are still there generation=1 /);
    const oldest = workersOf(await statusOf(gw)).find(({ generation }) => generation === 1);
    process.kill(oldest?.pid ?? 0, "SIGUSR2");
    expect(await late[0]).toBe("late");
    expect(await reload).toMatch(
      /^waiting for the requests of generation 1, (10 min 0 s|9 min \d+ s) at most: .*\ngeneration 5 serves/,
    );
    for (const { pid } of workersOf(await statusOf(gw))) process.kill(pid ?? 0, "SIGUSR2");
    expect(await Promise.all(late)).toEqual(["late", "late", "late"]);
  });
});

test("reload: before gw serves, the commands say so and change nothing", async () => {
  using dir = makeTempDir();
  const app = dir.write(
    "app.ts",
    `console.log("loading"); await new Promise((go) => setTimeout(go, 600_000)); export default {};`,
  );
  await using gw = launchGw(["start-server", app, "--port", "0", "--host", "127.0.0.1"]);
  await gw.until(/loading/);
  const { code, stderr } = await control(gw, "reload");
  expect(stderr).toContain("gw is starting");
  expect(code).toBe(1);
});

test("restart --front: new front ends and new workers, and the configuration is not read", async () => {
  using dir = makeTempDir();
  const app = dir.write("app.ts", answering("x"));
  await using gw = await startGw([app, "--front-ends", "2", "--log-level", "debug"]);
  const before = await statusOf(gw);
  await using load = startLoad(gw.url);
  for (let n = 0; n < 4; n++) await obey(gw, "restart", "--front");
  const { counts, total } = await load.finish();
  expect(counts).toEqual({ "200": total });
  await eventually(async () => (await generationsOf(gw)).length === 1, "the old generations have left");
  const after = await statusOf(gw);
  expect(after.fronts).toMatchObject([
    { slot: 1, state: "ready" },
    { slot: 2, state: "ready" },
  ]);
  for (const { pid } of after.fronts) expect(before.fronts.map((front) => front.pid)).not.toContain(pid);
  // Not the first ones, for whom clients wait.
  expect(warmedIn(gw)).toBe(isLinux ? 8 : undefined);
});

test("a front end that has died is followed by one that is there at once, and does not warm up first", async () => {
  using dir = makeTempDir();
  const app = dir.write("app.ts", answering("x"));
  await using gw = await startGw([app, "--log-level", "debug"]);
  await obey(gw, "restart", "--front");
  await eventually(async () => (await generationsOf(gw)).length === 1, "the old generation has left");
  const [front] = (await statusOf(gw)).fronts;
  process.kill(front?.pid ?? 0, "SIGKILL");
  await eventually(async () => {
    const [next] = (await statusOf(gw)).fronts;
    return next?.state === "ready" && next.pid !== front?.pid;
  }, "another front end serves");
  expect(warmedIn(gw)).toBe(isLinux ? 1 : undefined);
});

const isLinux = process.platform === "linux";

/** How many front ends have said that they were warm before they took clients. */
const warmedIn = (gw: Gw) =>
  gw.stderr().match(/front \d: This front end has warmed up answered=\d+/g)?.length;
