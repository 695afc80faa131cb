// Hooks that hang, leak and kill, and auth processes that die: what becomes of the request, and that nobody else notices.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { obey, statusOf, workersOf } from "../support/control.ts";
import { eventually, type Gw, startGw } from "../support/gw.ts";
import { AS_ROOT, ON_X64_LINUX, testWith } from "../support/needs.ts";
import { childInRole, statusOf as processOf } from "../support/proc-status.ts";
import { connectRaw } from "../support/raw-http.ts";
import { startLoad } from "../support/steady-load.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { APPS } from "../support/worker-process.ts";

setDefaultTimeout(60_000);

const HOOKS = join(APPS, "hooks/hooks.ts");
const ECHO = join(APPS, "hooks/echo.ts");
const ACCESS = ["--host-access-script", HOOKS];

const causeOf = (answer: Response) => /details="(\w+)"/.exec(answer.headers.get("proxy-status") ?? "")?.[1];
const ask = async (gw: Gw, path: string) => {
  const answer = await fetch(new URL(path, gw.url));
  await answer.text();
  return [answer.status, causeOf(answer)];
};
/** Auth processes that serve now. */
const authPids = async (gw: Gw) =>
  workersOf(await statusOf(gw), "auth:default").flatMap(({ pid, state }) =>
    state === "ready" && pid ? [pid] : [],
  );

test("auth faults: after more passwords than can be computed in time nobody waits for those that are nobody's any more", async () => {
  using temp = makeTempDir();
  const hash = await Bun.password.hash("right", { algorithm: "bcrypt", cost: 11 });
  const file = temp.write("users", `ann:${hash}\n`);
  await using gw = await startGw([
    ECHO,
    ...["--auth-user-file", file, "--auth-failures", "0", "--auth-timeout", "3s"],
  ]);
  const as = (password: string) => ({ headers: { authorization: `Basic ${btoa(`ann:${password}`)}` } });
  const wrong = Array.from({ length: 300 }, async (_, i) => {
    const answer = await fetch(gw.url, as(`wrong ${i}`));
    return `${answer.status} ${causeOf(answer)}`;
  });
  // A machine that is fast enough has a turn for all of them.
  for (const said of await Promise.all(wrong))
    expect(["401 unauthorized", "500 auth_timeout"]).toContain(said);
  expect((await fetch(gw.url, as("right"))).status).toBe(200);
});

describe("auth faults: hooks", () => {
  test("auth faults: a hook that never answers costs its own request, and its process goes on", async () => {
    await using gw = await startGw([ECHO, ...ACCESS, "--auth-timeout", "1s"]);
    const pid = childInRole(gw.pid, "__auth").pid;
    const never = ask(gw, "/access/never");
    expect(await ask(gw, "/")).toEqual([200, undefined]);
    expect(await never).toEqual([500, "auth_timeout"]);
    expect(await ask(gw, "/")).toEqual([200, undefined]);
    expect(childInRole(gw.pid, "__auth").pid).toBe(pid);
  });

  test("auth faults: a hook that computes without an end is ended with its process, and the next one answers", async () => {
    await using gw = await startGw([ECHO, ...ACCESS, "--auth-timeout", "2s"]);
    expect(await ask(gw, "/access/spin")).toEqual([500, "auth_timeout"]);
    const output = await gw.until(/auth \d+ ended .*reason=deadlock_timeout.*\n/);
    if (ON_X64_LINUX.isMet) expect(output).toMatch(/reason=deadlock_timeout .*stack="[^"]*hooks\.ts:\d+/);
    await eventually(async () => (await ask(gw, "/"))[0] === 200, "the next process answers");
  });

  test("auth faults: with two processes one that computes keeps nobody waiting", async () => {
    using temp = makeTempDir();
    const notes = temp.write("notes", "");
    const two = [
      "--auth-processes",
      "2",
      "--auth-timeout",
      "30s",
      "--graceful-timeout",
      "1s",
      "--shutdown-timeout",
      "1s",
    ];
    await using gw = await startGw([ECHO, ...ACCESS, ...two], { env: { NOTES: notes } });
    const spins = ask(gw, "/access/spin");
    spins.catch(() => {});
    await eventually(() => readFileSync(notes, "utf8").includes("spins"), "the hook computes");
    for (let times = 0; times < 20; times++) expect(await ask(gw, "/")).toEqual([200, undefined]);
  });

  test("auth faults: a request that kills each process that it is asked about gets 503, and everybody else is served", async () => {
    await using gw = await startGw([ECHO, ...ACCESS, "--auth-timeout", "30s"]);
    expect(await ask(gw, "/")).toEqual([200, undefined]);
    await using load = startLoad(gw.url, 4);
    expect(await ask(gw, "/access/die")).toEqual([503, "auth_unavailable"]);
    expect(await ask(gw, "/")).toEqual([200, undefined]);
    expect((await load.finish()).counts).toEqual({ 200: load.total });
    expect(gw.stderr().match(/auth \d+ ended /g)?.length).toBeLessThanOrEqual(3);
  });

  test("auth faults: a hook that leaks is replaced when it has come to the memory limit, and nobody notices", async () => {
    await using gw = await startGw([ECHO, ...ACCESS, "--memory-limit", "120M", "--auth-timeout", "30s"]);
    for (let times = 0; times < 3; times++) expect(await ask(gw, "/access/leak")).toEqual([200, undefined]);
    const isReplaced = () => /auth \d+ ended .*reason=memory_limit/.test(gw.stderr());
    await eventually(async () => {
      expect(await ask(gw, "/")).toEqual([200, undefined]);
      return isReplaced();
    }, "it is replaced");
  });

  test("auth faults: a hook that ends its process is told of by its exit code", async () => {
    await using gw = await startGw([ECHO, ...ACCESS, "--auth-timeout", "30s"]);
    expect(await ask(gw, "/")).toEqual([200, undefined]);
    expect(await ask(gw, "/access/exit")).toEqual([503, "auth_unavailable"]);
    expect(gw.stderr()).toMatch(/auth \d+ ended pid=\d+ how="exit code 3" reason=crash kind=app_exit/);
    expect(await ask(gw, "/")).toEqual([200, undefined]);
  });
});

describe("auth faults: processes", () => {
  test("auth faults: killed under load again and again, no request fails", async () => {
    await using gw = await startGw([ECHO, ...ACCESS, "--auth-processes", "2", "--auth-timeout", "30s"]);
    await using load = startLoad(gw.url, 8);
    for (let kills = 0; kills < 4; kills++) {
      const before = load.total;
      await eventually(() => load.total > before + 50, "the load goes on");
      const [pid] = await authPids(gw);
      if (pid === undefined) throw new Error("no auth process is ready");
      process.kill(pid, "SIGKILL");
      await gw.until(new RegExp(`auth \\d+ ended pid=${pid} `));
    }
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ 200: total });
  });

  test("auth faults: the only one killed under load, requests wait for the next one", async () => {
    await using gw = await startGw([ECHO, ...ACCESS, "--auth-timeout", "30s"]);
    await using load = startLoad(gw.url, 8);
    await eventually(() => load.total > 50, "the load goes on");
    process.kill(childInRole(gw.pid, "__auth").pid, "SIGKILL");
    await gw.until(/auth \d+ ended /);
    const before = load.total;
    await eventually(() => load.total > before + 50, "the load goes on");
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ 200: total });
  });

  test("auth faults: with nobody there who could say, clients get 503 when the time is over", async () => {
    using temp = makeTempDir();
    const script = temp.write("hook.ts", "export const allowAccess = () => true;");
    await using gw = await startGw([ECHO, "--host-access-script", script, "--auth-timeout", "1s"]);
    temp.write("hook.ts", 'throw new Error("gone");');
    process.kill(childInRole(gw.pid, "__auth").pid, "SIGKILL");
    await gw.until(/auth \d+ did not start .*gone/);
    expect(await ask(gw, "/")).toEqual([503, "auth_unavailable"]);
    temp.write("hook.ts", "export const allowAccess = () => true;");
    await eventually(async () => (await ask(gw, "/"))[0] === 200, "the mended script is loaded", 30_000);
  });

  test("auth faults: SIGTERM to one lets it answer what it was asked, and another one takes its place", async () => {
    using door = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data() {}, open: (socket) => void doors.push(socket) },
    });
    const doors: { write(text: string): unknown }[] = [];
    await using gw = await startGw([ECHO, ...ACCESS, "--auth-timeout", "30s"]);
    const held = ask(gw, `/access/door?port=${door.port}`);
    await eventually(() => doors.length === 1, "the hook waits");
    const { pid } = childInRole(gw.pid, "__auth");
    process.kill(pid, "SIGTERM");
    await eventually(async () => (await authPids(gw)).some((one) => one !== pid), "another one is there");
    doors[0]?.write("open");
    expect(await held).toEqual([200, undefined]);
    await gw.until(new RegExp(`auth \\d+ ended pid=${pid} how="exit code 0" reason=shutdown_signal`));
  });

  test("auth faults: nobody but the front ends is answered on the socket", async () => {
    using temp = makeTempDir();
    await using gw = await startGw([ECHO, ...ACCESS, "--server-root", join(temp.path, "root")]);
    const sockets = readdirSync(join(temp.path, "root/run"));
    const question =
      '{"id":1,"request":{"method":"GET","target":"/","headers":[]},"client":{"address":"","port":0},"tls":{}}\n';
    const answers: string[] = [];
    for (const socket of sockets) {
      using client = await connectRaw({ unix: join(temp.path, "root/run", socket) });
      await client.send(`{"token":"guess"}\n${question}`);
      answers.push(await client.untilClosed());
    }
    expect(answers).toContain("");
    expect(answers.join("")).not.toContain("allowed");
    expect(await ask(gw, "/")).toEqual([200, undefined]);
  });
});

describe("auth faults: reload", () => {
  test("auth faults: a changed script is taken up under load, without a lost request and without a mixture", async () => {
    using temp = makeTempDir();
    const script = (answer: string) => `export const checkPassword = () => ${answer};`;
    temp.write("hook.ts", script('"first"'));
    await using gw = await startGw([
      ECHO,
      "--auth-user-script",
      join(temp.path, "hook.ts"),
      "--auth-timeout",
      "30s",
    ]);
    const init = { headers: { authorization: `Basic ${btoa("a:b")}` } };
    const user = async () =>
      Object.fromEntries((await (await fetch(gw.url, init)).json()) as [string, string][])["x-remote-user"];
    expect(await user()).toBe("first");
    await using load = startLoad(gw.url, 8, init);
    temp.write("hook.ts", script('"second"'));
    await obey(gw, "reload");
    // What was known of the old scripts is forgotten with them.
    expect(await user()).toBe("second");
    const before = load.total;
    await eventually(() => load.total > before + 50, "the load goes on");
    const { counts, total } = await load.finish();
    expect(counts).toEqual({ 200: total });
  });

  test("auth faults: a script that does not load is refused at a reload, and the old one serves on", async () => {
    using temp = makeTempDir();
    temp.write("hook.ts", "export const allowAccess = () => undefined;");
    await using gw = await startGw([ECHO, "--host-access-script", join(temp.path, "hook.ts")]);
    temp.write("hook.ts", "export const allowed = 1;");
    await expect(obey(gw, "reload")).rejects.toThrow(/has no function allowAccess/);
    await gw.until(/a new generation was refused; the old one serves on/);
    expect(await ask(gw, "/")).toEqual([200, undefined]);
  });

  test("auth faults: with --reload-on-changes a change of a script is one", async () => {
    using temp = makeTempDir();
    const script = (answer: string) =>
      `import { answer } from "./part.ts"; export const allowAccess = () => answer ?? ${answer};`;
    temp.write("part.ts", "export const answer = undefined;");
    temp.write("hook.ts", script("true"));
    const app = temp.write("app.ts", readFileSync(ECHO, "utf8"));
    await using gw = await startGw([
      app,
      "--host-access-script",
      join(temp.path, "hook.ts"),
      "--reload-on-changes",
    ]);
    expect(await ask(gw, "/")).toEqual([200, undefined]);
    temp.write("part.ts", "export const answer = false;");
    await eventually(async () => (await ask(gw, "/"))[0] === 403, "the change is taken up", 30_000);
  });
});

testWith(AS_ROOT)(
  "auth faults: the process is who the app's workers are, for good, and reads a file of users that they cannot",
  async () => {
    using temp = makeTempDir();
    chmodSync(temp.path, 0o755);
    const hooks = join(temp.path, "hooks.ts");
    copyFileSync(HOOKS, hooks);
    const app = temp.write("app.ts", readFileSync(ECHO, "utf8"));
    const file = temp.write(
      "users",
      `ann:${Bun.password.hashSync("right", { algorithm: "bcrypt", cost: 4 })}\n`,
    );
    chmodSync(file, 0o600);
    const args = [
      app,
      "--user",
      "nobody",
      "--host-access-script",
      hooks,
      "--auth-user-file",
      file,
      "--auth-failures",
      "0",
    ];
    await using gw = await startGw([...args, "--server-root", join(temp.path, "root")]);
    const auth = processOf(childInRole(gw.pid, "__auth").pid);
    expect(auth).toEqual(processOf(childInRole(gw.pid, "__worker").pid));
    expect([new Set(auth.uids), auth.noNewPrivileges]).toEqual([new Set([65_534]), true]);
    const answer = await fetch(gw.url, { headers: { authorization: `Basic ${btoa("ann:right")}` } });
    expect(answer.status).toBe(200);
    await ask(gw, "/access/identity");
    await gw.until(/uid=65534 gid=65534/);
  },
);

testWith(AS_ROOT)(
  "auth faults: a group of another user in a root directory of its own has its hooks there, and the front ends reach them",
  async () => {
    using temp = makeTempDir();
    chmodSync(temp.path, 0o755);
    temp.write("hooks.ts", readFileSync(HOOKS, "utf8"));
    temp.write("app.ts", readFileSync(ECHO, "utf8"));
    const groups = {
      web: { app: "app.ts", user: "www-data", chroot: temp.path, hostAccessScript: "hooks.ts" },
    };
    const config = temp.write("gw.config.json", JSON.stringify({ user: "nobody", groups }));
    await using gw = await startGw(["--config", config, "--server-root", join(temp.path, "root")]);
    expect(processOf(childInRole(gw.pid, "__front").pid).uids[0]).toBe(65_534);
    expect(processOf(childInRole(gw.pid, "__auth").pid)).toEqual(
      processOf(childInRole(gw.pid, "__worker").pid),
    );
    expect(await ask(gw, "/")).toEqual([200, undefined]);
    expect(await ask(gw, "/access/false")).toEqual([403, "access_denied"]);
    await ask(gw, "/access/identity");
    await gw.until(/uid=33 gid=33 groups=33 cwd=\/$/m);
  },
);
