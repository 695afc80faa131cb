// Confined workers on the real gw: each tries to get out, and the kernel says no. What is denied is asked of the app, of a child of
// it, and of the kernel's own files.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TCPSocketListener } from "bun";
import { landlockVersion } from "../../ffi/rights/landlock.ts";
import { eventually, type Gw, runGw, startGw } from "../support/gw.ts";
import { AS_ROOT, describeWith, type Need, testWith, WITH_PYTHON } from "../support/needs.ts";
import { childInRole } from "../support/proc-status.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const version = landlockVersion();
/** What the tests speak of: files, their emptying, ports, signals. */
const LANDLOCK: Need = {
  isMet: version.ok && version.value >= 6,
  why: "needs Landlock of version 6 (Linux 6.12)",
};

const APP = `
  import { readFileSync, writeFileSync, readdirSync, readlinkSync, renameSync, symlinkSync, truncateSync } from "node:fs";
  import { name } from "linked";
  const acts = {
    read: (path) => readFileSync(path, "utf8").length >= 0,
    list: (path) => readdirSync(path).length >= 0,
    write: (path) => (writeFileSync(path, "x"), true),
    empty: (path) => (truncateSync(path), true),
    move: (from, to) => (renameSync(from, to), true),
    link: (to, path) => (symlinkSync(to, path), true),
    signal: (pid) => process.kill(Number(pid), 0),
    run: (...words) => Bun.spawnSync(words).exitCode === 0,
    bun: (...words) => Bun.spawnSync([process.execPath, ...words]).exitCode === 0,
    thread: (path) => new Promise((done) => {
      const worker = new Worker("data:text/javascript,import{readFileSync}from'node:fs';let a;try{readFileSync('" + path + "');a=true}catch(e){a=e.code}postMessage(a)");
      worker.onmessage = ({ data }) => done(data);
    }),
    connect: (port) => Bun.connect({ hostname: "127.0.0.1", port: Number(port), socket: { data() {} } }).then((s) => (s.end(), true)),
    listen: (port) => { Bun.listen({ hostname: "127.0.0.1", port: Number(port), socket: { data() {} } }).stop(true); return true; },
    open: () => readdirSync("/proc/self/fd").flatMap((fd) => { try { return readlinkSync("/proc/self/fd/" + fd) } catch { return [] } }),
    say: (text) => (console.error(text), true),
    name: () => name,
  };
  export default { async fetch(request) {
    const [act, ...words] = await request.json();
    try { return Response.json(await acts[act](...words)); } catch (error) { return Response.json(error.code ?? String(error)); }
  } };`;

/** Outside of all that is granted, and open to everybody by its permissions. */
function makeWorld() {
  const dir = makeTempDir();
  chmodSync(dir.path, 0o777);
  for (const name of ["app", "app/node_modules", "packages", "packages/linked", "data", "outside"])
    mkdirSync(join(dir.path, name));
  for (const name of ["data", "outside", "app"]) chmodSync(join(dir.path, name), 0o777);
  const outside = join(dir.path, "outside/secret");
  writeFileSync(outside, "secret");
  chmodSync(outside, 0o666);
  writeFileSync(join(dir.path, "packages/linked/package.json"), '{"name":"linked","main":"index.js"}');
  writeFileSync(join(dir.path, "packages/linked/index.js"), 'exports.name = "linked";');
  symlinkSync("../../packages/linked", join(dir.path, "app/node_modules/linked"));
  symlinkSync("../outside", join(dir.path, "app/way-out"));
  writeFileSync(join(dir.path, "app/package.json"), "{}");
  chmodSync(join(dir.path, "app/package.json"), 0o666);
  const app = join(dir.path, "app/app.ts");
  writeFileSync(app, APP);
  return Object.assign(dir, { app, outside, data: join(dir.path, "data"), root: join(dir.path, "root") });
}

describeWith(AS_ROOT, LANDLOCK)("a confined worker", () => {
  let world: ReturnType<typeof makeWorld>;
  let gw: Gw;
  let stranger: TCPSocketListener<unknown>;

  beforeAll(async () => {
    world = makeWorld();
    stranger = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const lists = ["--writable", world.data, "--connect-ports", "9", "--listen-ports", "0"];
    gw = await startGw([world.app, "--server-root", world.root, "--user", "nobody", "--confine", ...lists]);
  });
  afterAll(async () => {
    await gw?.[Symbol.asyncDispose]();
    stranger?.stop(true);
    world?.[Symbol.dispose]();
  });

  const ask = async (...words: string[]) =>
    (await fetch(gw.url, { method: "POST", body: JSON.stringify(words) })).json() as Promise<unknown>;

  test("confinement: its own files, its packages and its directory for data are there", async () => {
    expect(await ask("read", world.app)).toBe(true);
    expect(await ask("name")).toBe("linked");
    expect(await ask("write", join(world.data, "x"))).toBe(true);
    expect(await ask("move", join(world.data, "x"), join(world.data, "y"))).toBe(true);
    expect(await ask("run", "true")).toBe(true);
    expect(await ask("bun", "--version")).toBe(true);
  });

  test("confinement: what lies outside is out of reach, by whatever way", async () => {
    expect(await ask("read", world.outside)).toBe("EACCES");
    expect(await ask("list", "/")).toBe("EACCES");
    expect(await ask("read", join(world.path, "app/way-out/secret"))).toBe("EACCES");
    expect(await ask("read", `/proc/self/root${world.outside}`)).toBe("EACCES");
    expect(await ask("read", `/proc/self/cwd/../outside/secret`)).toBe("EACCES");
    expect(await ask("thread", world.outside)).toBe("EACCES");
    expect(await ask("run", "cat", world.outside)).toBe(false);
    expect(await ask("bun", "-e", `require("fs").readFileSync("${world.outside}")`)).toBe(false);
    expect(await ask("link", world.outside, join(world.data, "l"))).toBe(true);
    expect(await ask("read", join(world.data, "l"))).toBe("EACCES");
  });

  test("confinement: what it may read it cannot change, whatever its permissions", async () => {
    expect(await ask("write", join(world.path, "app/new"))).toBe("EACCES");
    expect(await ask("write", join(world.path, "app/package.json"))).toBe("EACCES");
    expect(await ask("empty", join(world.path, "app/package.json"))).toBe("EACCES");
    expect(await ask("move", world.data, join(world.path, "gone"))).toBe("EACCES");
    expect(readFileSync(join(world.path, "app/package.json"), "utf8")).toBe("{}");
    expect(existsSync(join(world.path, "gone"))).toBe(false);
  });

  test("confinement: processes of others are neither seen into nor signalled", async () => {
    const supervisor = String(gw.pid);
    const front = String(childInRole(gw.pid, "__front").pid);
    expect(await ask("signal", front)).toBe("EPERM");
    expect(await ask("read", `/proc/${front}/environ`)).toBe("EACCES");
    expect(await ask("list", `/proc/${supervisor}/root/`)).toBe("EACCES");
  });

  test("confinement: ports are those of the lists", async () => {
    expect(await ask("connect", String(stranger.port))).not.toBe(true);
    expect(await ask("listen", "0")).toBe(true);
    expect(await ask("listen", "18931")).not.toBe(true);
  });

  test("confinement: nothing is open that was opened before", async () => {
    const open = (await ask("open")) as string[];
    const files = open.filter((path) => path.startsWith("/") && !/^\/(?:dev|proc|sys|memfd:)/.test(path));
    const own = [world.path, process.execPath].map((path) => join(path));
    expect(files.filter((path) => !own.some((one) => path.startsWith(one)))).toEqual([]);
    expect(files.filter((path) => path.startsWith(join(world.path, "outside")))).toEqual([]);
  });

  test("confinement: status shows it as the worker has read it back, of all its threads", async () => {
    const { stdout } = await runGw(["status", "--json", "--server-root", world.root]);
    const [worker] = JSON.parse(stdout).groups[0].workers;
    expect(worker.limits).toMatchObject({
      noNewPrivileges: "yes",
      capabilities: "none",
      confinement: "files, TCP ports, signals, abstract sockets",
    });
  });

  test("confinement: what is denied is told once, with what to do", async () => {
    const line = `EACCES: permission denied, open '${world.outside}'`;
    await ask("say", line);
    await ask("say", line);
    await ask("say", "the end");
    await eventually(() => gw.stderr().includes("the end"), "the app has said it");
    const told = gw
      .stderr()
      .split("\n")
      .filter((one) => one.includes(`does not grant it ${world.outside}`));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("--readable PATH");
  });
});

testWith(LANDLOCK)(
  "confinement: an ordinary user can do it as well, and a service is confined too",
  async () => {
    using world = makeWorld();
    const service = join(world.path, "app/service.ts");
    const told = join(world.data, "told");
    writeFileSync(
      service,
      `import { readFileSync, writeFileSync } from "node:fs";
     let said = "read"; try { readFileSync(${JSON.stringify(world.outside)}) } catch (error) { said = error.code }
     writeFileSync(${JSON.stringify(told)}, said); setInterval(() => {}, 1000);`,
    );
    const asked = ["--confine", "--writable", world.data, "--service-script", "probe", service];
    await using gw = await startGw([world.app, ...asked], { as: { uid: 65_534, gid: 65_534 } });
    const body = JSON.stringify(["read", world.outside]);
    expect(await (await fetch(gw.url, { method: "POST", body })).json()).toBe("EACCES");
    await eventually(() => existsSync(told) && readFileSync(told, "utf8") !== "", "the service has tried");
    expect(readFileSync(told, "utf8")).toBe("EACCES");
  },
);

testWith(LANDLOCK, WITH_PYTHON)(
  "confinement: an app in Python is confined before its interpreter begins",
  async () => {
    using world = makeWorld();
    const app = world.write(
      "app/wsgi.py",
      `def application(environ, start_response):
    said = []
    for path in (__file__, ${JSON.stringify(world.outside)}):
        try:
            said.append("read" if open(path).read() else "nothing")
        except OSError as error:
            said.append(type(error).__name__)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [" ".join(said).encode()]
`,
    );
    await using gw = await startGw([app, "--confine", "--server-root", world.root]);
    expect(await (await fetch(gw.url)).text()).toBe("read PermissionError");
    const { stdout } = await runGw(["status", "--json", "--server-root", world.root]);
    const [worker] = JSON.parse(stdout).groups[0].workers;
    expect(worker.limits).toMatchObject({
      noNewPrivileges: "yes",
      confinement: "files, signals, abstract sockets",
    });
  },
);

test("confinement: check-config tells what the app imports from outside, and what would hold nobody back", async () => {
  using world = makeWorld();
  const shared = world.write("outside/shared.ts", "export const one = 1;");
  writeFileSync(
    world.app,
    `import { one } from "../outside/shared.ts"; export default { fetch: () => new Response(one) };`,
  );
  const checked = await runGw([
    "check-config",
    world.app,
    "--confine",
    "--writable",
    join(world.path, "app"),
  ]);
  expect(checked.code).toBe(0);
  expect(checked.stderr).toContain(`imports ${shared}, which its confinement does not let it read`);
  expect(checked.stderr).toContain("holds the app itself");
  const named = ["--readable", join(world.path, "outside")];
  expect((await runGw(["check-config", world.app, "--confine", ...named])).stderr).toBe("");
  const refused = await runGw([
    "check-config",
    world.app,
    "--confine",
    "--readable",
    "/",
    "--writable",
    "/no/such",
  ]);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('readable "/" would grant all that there is');
  expect(refused.stderr).toContain('writable "/no/such" is no directory');
  const idle = await runGw(["check-config", world.app, "--connect-ports", "443"]);
  expect(idle.stderr).toContain("connectPorts (--connect-ports) has no effect, because confine is off");
});
