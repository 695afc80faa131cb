// Errors that end a command, or refuse a change, and that no other test has the executable say: each in its words, with its exit code.
import { expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { control, statusOf, workersOf } from "../support/control.ts";
import { eventually, gwCommand, runGw, startGw } from "../support/gw.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const APP = `export default { fetch: () => new Response("fine") };`;
const NOBODY_WAITS = ["--port", "0", "--host", "127.0.0.1"];

test("errors: a start that cannot be is told by name, and nothing is left running", async () => {
  using dir = makeTempDir();
  const app = dir.write("app.ts", APP);
  const hook = dir.write("hook.ts", "process.exit(4);");
  const file = dir.write("file", "");
  const starts: [words: string[], code: number, told: string][] = [
    [[join(dir.path, "none.ts")], 66, `There is no app at "${dir.path}/none.ts"`],
    [[app, "--evidence-directory", join(file, "e")], 73, `Evidence cannot be kept in ${file}/e: ENOTDIR`],
    [
      [app, "--host-access-script", hook],
      1,
      "The auth process could not be started: exit code 4, in step load",
    ],
  ];
  for (const [words, code, told] of starts) {
    const ended = await runGw(["start-server", ...words, ...NOBODY_WAITS]);
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(told)]);
    expect(ended.stdout).not.toContain("gw: serving");
  }
});

testWith(ON_LINUX)("errors: a front end for which there is no descriptor ends the start", async () => {
  using dir = makeTempDir();
  const few = ["prlimit", "--nofile=20", ...gwCommand()];
  const start = startGw([dir.write("app.ts", APP)], { command: few });
  await expect(start).rejects.toThrow(/ended with 69[\s\S]*The front end could not be started: .*EMFILE/);
});

test("errors: a gw that is there and does not answer is told from none, with what can be done", async () => {
  using dir = makeTempDir();
  await using gw = await startGw([dir.write("app.ts", APP)]);
  const { serverRoot } = await statusOf(gw);
  process.kill(gw.pid, "SIGSTOP");
  try {
    rmSync(join(serverRoot, "control.sock"));
    const { code, stderr } = await control(gw, "status");
    const told = `gw (pid ${gw.pid}) runs with the server root ${serverRoot}, but its control socket is gone`;
    expect([code, stderr]).toEqual([69, expect.stringContaining(told)]);
    expect(stderr).toContain(`kill -HUP ${gw.pid} reloads it`);
  } finally {
    process.kill(gw.pid, "SIGCONT");
  }
  await eventually(async () => (await control(gw, "status")).code === 0, "it has made its socket anew");
});

test("errors: what has become wrong since the start is refused, or told of, and gw serves on", async () => {
  using dir = makeTempDir();
  const hash = await Bun.password.hash("right", { algorithm: "bcrypt", cost: 4 });
  const users = dir.write("users", `ann:${hash}\n`);
  dir.write("app.ts", APP);
  const config = dir.write("gw.config.json", JSON.stringify({ app: "app.ts", authUserFile: users }));
  await using gw = await startGw(["--config", config]);
  const ask = () => fetch(gw.url, { headers: { authorization: `Basic ${btoa("ann:right")}` } });
  expect((await ask()).status).toBe(200);

  dir.write("gw.config.json", JSON.stringify({ app: "app.ts", authUserFile: users, processes: "many" }));
  const { code, stderr } = await control(gw, "reload");
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining("The configuration was refused, and generation 1"),
  ]);
  expect((await ask()).status).toBe(200);

  const [auth] = workersOf(await statusOf(gw), "auth:default");
  dir.write("users", "no line of users\n");
  process.kill(auth?.pid ?? 0, "SIGKILL");
  await gw.until(/auth \d+ did not start .*why="The file of users \S+ cannot be used: .*1/);
  dir.write("users", `ann:${hash}\n`);
  await eventually(async () => (await ask()).status === 200, "another one has started", 20_000);
});
