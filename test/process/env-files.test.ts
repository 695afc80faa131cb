// Files of variables on the real gw: what an app and all that it starts see of them, and who may read them.
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, chownSync, cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { textOf } from "../support/control.ts";
import { eventually, type GwOptions, runGw, startGw } from "../support/gw.ts";
import { AS_ROOT, testWith } from "../support/needs.ts";
import { makePublicDir, makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const NOBODY = 65534;

const APP = `
  import { execFileSync } from "node:child_process";
  import { Worker as NodeWorker } from "node:worker_threads";
  const names = ["A", "B", "C", "REAL", "PORT", "NODE_ENV", "GW_TIER", "BUN_BE_BUN", "BUN_JSC_forceRAMSize"];
  const pick = (env) => Object.fromEntries(names.filter((name) => env[name] !== undefined).map((name) => [name, env[name]]));
  const read = (text) => pick(Object.fromEntries(text.toString().split("\\n").map((line) => line.split(/=(.*)/s))));
  const web = new Worker(URL.createObjectURL(new Blob(["postMessage({ ...process.env })"])));
  const fromWeb = new Promise((resolve) => (web.onmessage = ({ data }) => resolve(data)));
  const node = new NodeWorker('require("node:worker_threads").parentPort.postMessage({ ...process.env })', { eval: true });
  const fromNode = new Promise((resolve) => node.on("message", resolve));
  const views = {
    process: pick(process.env), bun: pick(Bun.env), meta: pick(import.meta.env),
    spawned: read(Bun.spawnSync(["env"]).stdout), executed: read(execFileSync("env")), shell: read((await Bun.$\`env\`.quiet()).stdout),
    web: pick(await fromWeb),
    node: pick(await fromNode),
  };
  web.terminate(); node.terminate();
  export default { fetch: () => Response.json(views) };`;

/** What runs the tests has said `test`, which decides the files. */
const start = (args: string[], env: GwOptions["env"] = {}) =>
  startGw(args, { env: { NODE_ENV: undefined, ...env } });

type Views = Record<string, Record<string, string>>;

async function see(args: string[]): Promise<{ views: Views; said: string }> {
  await using gw = await start(args);
  const views = (await (await fetch(gw.url)).json()) as Views;
  return { views, said: gw.stdout() };
}

const ANSWER = `export default { fetch: () => new Response([process.env.A, process.env.B].join(",")) };`;

test("env-files: an app and all that it starts see what bun would load; what is real, and what steers, stays", async () => {
  using dir = makeTempDir();
  dir.write("package.json", "{}");
  dir.write(
    ".env",
    "A=weak\nB=${A}/$REAL\nREAL=file\nPORT=1\nNODE_ENV=development\nGW_TIER=1\nBUN_BE_BUN=1\n",
  );
  dir.write(".env.production", "A=strong\nC='kept'\nBUN_JSC_forceRAMSize=1");
  dir.write(".env.development", "C=none of this");
  const app = dir.write("app.ts", APP);
  await using gw = await start([app, "--memory-limit", "1G"], { REAL: "given" });
  const port = String(gw.port);
  const expected = {
    A: "strong",
    B: "strong/given",
    C: "kept",
    REAL: "given",
    PORT: port,
    NODE_ENV: "production",
  };
  const views = (await (await fetch(gw.url)).json()) as Views;
  for (const [who, view] of Object.entries(views)) expect([who, view]).toEqual([who, expected]);
  expect(gw.stdout()).toMatch(
    /^Environment +: NODE_ENV=production, variables from .env and .env.production$/m,
  );
  const shown = await runGw(["show-config", app], { env: { NODE_ENV: undefined } });
  expect(shown.stdout).toMatch(/^envFile +\S+\/\.env, \S+\/\.env\.production +found$/m);
  expect(shown.stdout + gw.stdout() + gw.stderr()).not.toMatch(/strong|kept/);
});

test("env-files: those that are named replace the convention, the last one wins, and --no-env-file is none", async () => {
  using dir = makeTempDir();
  dir.write(".env", "A=convention\nB=convention");
  const [one, two] = [dir.write("one.env", "A=one\nB=one"), dir.write("two.env", "A=two")];
  const app = dir.write("app.ts", APP);
  const named = await see([app, "--env-file", one, "--env-file", two]);
  expect(named.views.process).toMatchObject({ A: "two", B: "one" });
  expect(named.said).toContain("variables from one.env and two.env");
  const none = await see([app, "--no-env-file"]);
  expect(none.views.process).not.toHaveProperty("A");
});

test("env-files: one that is named and missing ends the start, by name, and so does naming files and none", async () => {
  using dir = makeTempDir();
  const app = dir.write("app.ts", ANSWER);
  const missing = await runGw(["start-server", app, "--env-file", "gone.env"], { cwd: dir.path });
  expect([missing.code, missing.stderr]).toEqual([
    78,
    expect.stringContaining(`envFile "${join(dir.path, "gone.env")}" does not exist`),
  ]);
  const both = await runGw(["check-config", app, "--env-file", app, "--no-env-file"]);
  expect([both.code, both.stderr]).toEqual([64, expect.stringContaining("--env-file was given 2 times")]);
});

test("env-files: each group reads those of its own home, or its own", async () => {
  using dir = makeTempDir();
  for (const name of ["a", "b", "c"]) {
    mkdirSync(join(dir.path, name));
    dir.write(`${name}/package.json`, "{}");
    dir.write(`${name}/app.ts`, ANSWER);
    dir.write(`${name}/.env`, `A=${name}\nB=${name}`);
  }
  dir.write("b.env", "A=named");
  const groups = {
    a: { app: "a/app.ts", mount: "/a" },
    b: { app: "b/app.ts", mount: "/b", envFile: ["b.env"] },
    c: { app: "c/app.ts", mount: "/c", envFile: false },
  };
  const config = dir.write("gw.config.json", JSON.stringify({ groups }));
  await using gw = await start(["--config", config]);
  const answers = await Promise.all(Object.keys(groups).map((name) => textOf(`${gw.url}${name}`)));
  expect(answers).toEqual(["a,a", "named,", ","]);
  expect(gw.stdout()).toMatch(/^group b +: .*, variables from \S+\/b\.env$/m);
});

test("env-files: with --reload-on-changes a change of one is taken up, and the coming of another", async () => {
  using dir = makeTempDir();
  dir.write("package.json", "{}");
  dir.write(".env", "A=1\nB=1");
  const app = dir.write("app.ts", ANSWER);
  await using gw = await start([app, "--reload-on-changes"]);
  const answers = (text: string) =>
    eventually(async () => (await textOf(gw.url)) === text, `it answers ${text}`, 20_000);
  await answers("1,1");
  dir.write(".env", "A=2\nB=2");
  await answers("2,2");
  dir.write(".env.local", "A=3");
  await answers("3,2");
  dir.remove(".env");
  await answers("3,");
});

/** A place that everybody may look into, as the app's user has to. */
function makePackage(): TempDir {
  const dir = makePublicDir();
  dir.write("package.json", "{}");
  return dir;
}

const own = (path: string, uid: number) => {
  chownSync(path, uid, uid);
  chmodSync(path, 0o600);
};

testWith(AS_ROOT)("env-files: they are read as the app's user, and no other", async () => {
  using dir = makePackage();
  const app = dir.write("app.ts", ANSWER);
  own(dir.write(".env", "A=its own"), NOBODY);
  own(dir.write(".env.local", "A=root's\nB=root's"), 0);
  const root = ["--server-root", join(dir.path, "r")];
  await using gw = await start([app, "--user", "nobody", ...root]);
  expect(await textOf(gw.url)).toBe("its own,");
  await gw.until(/A file of variables is there and cannot be read .*\.env\.local/);
  await gw.stop();
  const named = ["--env-file", join(dir.path, ".env.local"), "--port", "0", "--host", "127.0.0.1"];
  const refused = await runGw(["start-server", app, "--user", "nobody", ...root, ...named]);
  expect([refused.code, refused.stderr]).toEqual([
    78,
    expect.stringContaining(
      `The file of variables ${dir.path}/.env.local cannot be read by the worker: EACCES`,
    ),
  ]);
});

testWith(AS_ROOT)("env-files: with --chroot they are those that the app sees", async () => {
  using dir = makePackage();
  const jail = join(dir.path, "jail");
  mkdirSync(join(jail, "srv"), { recursive: true });
  cpSync(dir.write("app.ts", ANSWER), join(jail, "srv/app.ts"));
  dir.write("jail/srv/package.json", "{}");
  dir.write("jail/srv/.env", "A=inside");
  dir.write("jail/named.env", "B=named");
  const app = join(jail, "srv/app.ts");
  await using gw = await start([app, "--chroot", jail]);
  expect(await textOf(gw.url)).toBe("inside,");
  await using named = await start([app, "--chroot", jail, "--env-file", join(jail, "named.env")]);
  expect(await textOf(named.url)).toBe(",named");
});
