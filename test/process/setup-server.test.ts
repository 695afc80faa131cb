// A server root as a person meets it: set up, started, asked, edited, set up again. On the real program, in directories
// whose names need quotes.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { environment, runGw } from "../support/gw.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

const APP =
  'console.log("app loaded");\nexport default () => new Response("from the app in " + process.cwd());';
const FILES = ["README.md", "gw.config.json", "gw.schema.json", "gwctl", "logs"];

setDefaultTimeout(30_000);

type Ran = { code: number; stdout: string; stderr: string };

async function runScript(root: string, words: string[], env: Record<string, string> = {}): Promise<Ran> {
  const child = Bun.spawn([join(root, "gwctl"), ...words], {
    env: environment(root, env),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [code, stdout, stderr] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code, stdout, stderr };
}

function makeApp(temp: TempDir): { app: string; root: string } {
  const dir = join(temp.path, "o'r $x");
  mkdirSync(dir);
  writeFileSync(join(dir, "app.ts"), APP);
  return { app: join(dir, "app.ts"), root: join(dir, 'r "1"') };
}

const setUp = (app: string, root: string, more: string[] = []) =>
  runGw(["setup-server", app, "--server-root", root, "--host", "127.0.0.1", "--port", "0", ...more]);

/** Ends the gw of a server root, whatever has become of the test. */
const stopping = (root: string) => ({
  async [Symbol.asyncDispose]() {
    await runGw(["stop", "--server-root", root]);
  },
});

describe("setup-server", () => {
  test("setup-server: writes the layout, privately, and starts nothing", async () => {
    using temp = makeTempDir();
    const { app, root } = makeApp(temp);
    const { code, stdout, stderr } = await setUp(app, root, ["--processes", "2", "--queue-timeout", "10"]);
    expect([stderr, code]).toEqual(["", 0]);
    expect(stdout).toContain(`The server root ${root}:\n  gw.config.json  written\n`);
    expect(readdirSync(root).sort()).toEqual(FILES);
    const modes = [".", "gwctl", "logs", "gw.config.json"].map(
      (name) => statSync(join(root, name)).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o755, 0o700, 0o600]);
    expect(JSON.parse(readFileSync(join(root, "gw.config.json"), "utf8"))).toEqual({
      $schema: "./gw.schema.json",
      app,
      host: "127.0.0.1",
      port: 0,
      processes: 2,
      serverRoot: root,
      queueTimeout: "10s",
    });
    expect(readFileSync(join(root, "README.md"), "utf8")).toMatch(/^ {4}User=(?!unknown)\S+$/m);
    const schema = await runGw(["print-schema"]);
    expect(readFileSync(join(root, "gw.schema.json"), "utf8")).toBe(schema.stdout);
  });

  test("setup-server: start-server --setup-only is the same", async () => {
    using temp = makeTempDir();
    const { app, root } = makeApp(temp);
    const { code, stdout } = await runGw(["start-server", app, "--server-root", root, "--setup-only"]);
    expect([stdout, code]).toEqual([expect.stringContaining("gwctl           written"), 0]);
    expect(readdirSync(root).sort()).toEqual(FILES);
  });

  test("setup-server: without a server root, with a bad option, or in a bad place nothing is written", async () => {
    using temp = makeTempDir();
    const { app, root } = makeApp(temp);
    const nowhere = await runGw(["setup-server", app]);
    expect([nowhere.code, nowhere.stderr]).toEqual([64, expect.stringContaining("--server-root DIR")]);
    const bad = await setUp(app, root, ["--processes", "none"]);
    expect([bad.code, existsSync(root)]).toEqual([78, false]);
    expect(bad.stderr).toContain("gw: 1 problem. Nothing was written.");
    const absent = await setUp(`${app}.js`, root);
    expect([absent.code, existsSync(root)]).toEqual([66, false]);
    expect(absent.stderr).toContain("Nothing was written. Name the file");
    expect(absent.stderr).not.toContain("start-server");
    mkdirSync(root);
    chmodSync(root, 0o777);
    const open = await setUp(app, root);
    expect([open.code, open.stderr]).toEqual([expect.any(Number), expect.stringContaining("chmod go-w")]);
    expect(open.code).not.toBe(0);
    expect(readdirSync(root)).toEqual([]);
    const link = join(temp.path, "link");
    symlinkSync(root, link);
    expect((await setUp(app, link)).stderr).toContain("it is a symbolic link");
  });

  test("setup-server: gwctl starts, tells, tests and stops it; a running gw is not disturbed by a second setup", async () => {
    using temp = makeTempDir();
    const { app, root } = makeApp(temp);
    await setUp(app, root);
    await using _ = stopping(root);
    expect(await runScript(root, ["configtest"])).toMatchObject({ code: 0, stderr: "" });
    const started = await runScript(root, ["start"]);
    expect(started).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^gw \S+ \(process \d+\): serving http:\S+\n$/),
      stderr: "",
    });
    const url = /serving (\S+)/.exec(started.stdout)?.[1] ?? "";
    expect(await (await fetch(url)).text()).toBe(`from the app in ${join(temp.path, "o'r $x")}`);
    const again = await runScript(root, ["start"]);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("gw runs already")]);
    const status = await runScript(root, ["status", "--json"]);
    expect(JSON.parse(status.stdout).urls).toEqual([url]);
    expect((await runScript(root, ["logs"])).stdout).toContain("app loaded");
    expect((await setUp(app, root, ["--processes", "3"])).code).toBe(0);
    expect((await fetch(url)).status).toBe(200);
    const restarted = await runScript(root, ["restart"]);
    expect(restarted.code).toBe(0);
    const nextUrl = /serving (\S+)/.exec(restarted.stdout)?.[1] ?? "";
    expect((await fetch(nextUrl)).status).toBe(200);
    expect(await runScript(root, ["stop"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("has stopped"),
    });
    expect(readdirSync(root).sort()).toEqual(FILES);
    expect(readFileSync(join(root, "logs/gw.log"), "utf8")).toContain("gw: serving");
    expect((await runScript(root, ["status"])).code).toBe(69);
  });

  test("setup-server: a start that fails shows what gw has said, of this start alone", async () => {
    using temp = makeTempDir();
    const { app, root } = makeApp(temp);
    await setUp(app, root);
    writeFileSync(join(root, "logs/gw.log"), "from an earlier start\n");
    writeFileSync(app, 'throw new Error("no settings for you");');
    const { code, stderr } = await runScript(root, ["start"]);
    expect(code).not.toBe(0);
    expect(stderr).toContain("no settings for you");
    expect(stderr).toContain(`gw has ended with exit code ${code}`);
    expect(stderr).not.toContain("an earlier start");
    appendFileSync(join(root, "gw.config.json"), ",");
    expect((await runScript(root, ["configtest"])).code).toBe(78);
    expect((await runScript(root, ["restart"])).code).toBe(78);
  });

  test("setup-server: a second run keeps what was edited, renews what was not, and tells what differs", async () => {
    using temp = makeTempDir();
    const { app, root } = makeApp(temp);
    await setUp(app, root, ["--processes", "2"]);
    const config = readFileSync(join(root, "gw.config.json"), "utf8").replace(
      '"processes": 2',
      '"processes": 5',
    );
    writeFileSync(join(root, "gw.config.json"), config);
    appendFileSync(join(root, "README.md"), "\nOur own notes.\n");
    const script = readFileSync(join(root, "gwctl"), "utf8");
    const { code, stdout, stderr } = await setUp(app, root, ["--processes", "3", "--concurrency", "7"]);
    expect(code).toBe(0);
    expect(stdout).toContain("  gw.config.json  kept: it is yours\n");
    expect(stdout).toContain("  gwctl           rewritten\n");
    expect(stdout).toContain("  README.md       kept: it has been edited");
    expect(stderr.split("\n").slice(1, -1)).toEqual([
      "  processes: 5 in the file, 3 in this call",
      '      to change it, write "processes": 3',
      "  concurrency: not in the file, 7 in this call",
      '      to change it, write "concurrency": 7',
    ]);
    expect(readFileSync(join(root, "gw.config.json"), "utf8")).toBe(config);
    expect(readFileSync(join(root, "README.md"), "utf8")).toEndWith("\nOur own notes.\n");
    expect(readFileSync(join(root, "gwctl"), "utf8")).toBe(script);
    writeFileSync(join(root, "gw.config.json"), "{ not JSON }");
    const broken = await setUp(app, root);
    expect(broken.stderr).toContain("gw.config.json:1:3 is not JSON");
    expect(readdirSync(root).sort()).toEqual(FILES);
  });

  test("setup-server: gwctl passes on what it does not know itself, word by word", async () => {
    using temp = makeTempDir();
    const { app, root } = makeApp(temp);
    await setUp(app, root);
    const GW = join(temp.path, "fake gw");
    writeFileSync(GW, '#!/bin/sh\nfor word; do printf "<%s>" "$word"; done\nexit 7\n', { mode: 0o755 });
    const asked = async (...words: string[]) => {
      const { code, stdout } = await runScript(root, words, { GW });
      expect(code).toBe(7);
      return stdout;
    };
    const place = `<--server-root><${root}>`;
    expect(await asked("graceful")).toBe(`<reload>${place}`);
    expect(await asked("graceful-stop")).toBe(`<stop>${place}`);
    expect(await asked("stop", "--now")).toBe(`<stop>${place}<--now>`);
    expect(await asked("configtest", "--processes", "a b")).toBe(
      `<check-config><--config><${root}/gw.config.json>${place}<--processes><a b>`,
    );
    expect(await asked("help", "start-server")).toBe("<help><start-server>");
    expect(await asked("run", "--port", "1")).toBe(
      `<start-server><--config><${root}/gw.config.json>${place}<--port><1>`,
    );
    expect(await asked("scale", "a b", "2")).toBe(`<scale>${place}<a b><2>`);
    expect(await asked("logs", "-f")).toBe(`<logs>${place}<-f>`);
    expect(await asked("version")).toBe("<version>");
    const usage = await runScript(root, []);
    expect([usage.code, usage.stdout]).toEqual([0, expect.stringContaining("gwctl graceful")]);
  });

  test("setup-server: what gwctl cannot carry out is found before anything is done, and help does nothing", async () => {
    using temp = makeTempDir();
    const { app, root } = makeApp(temp);
    await setUp(app, root);
    await using _ = stopping(root);
    const { stdout } = await runScript(root, ["start"]);
    const url = /serving (\S+)/.exec(stdout)?.[1] ?? "";
    const pid = /process (\d+)/.exec(stdout)?.[1];
    for (const word of ["start", "run", "restart", "stop", "graceful", "configtest", "status"]) {
      const { code, stdout } = await runScript(root, [word, "--help"]);
      expect([word, code, stdout]).toEqual([word, 0, expect.stringMatching(/^gw(?:ctl start| [a-z-]+:)/)]);
    }
    const refused: [number, string, ...string[]][] = [
      [64, 'gw stop does not take "--nwo"', "stop", "--nwo"],
      [64, 'There is no option "--procesess"', "restart", "--procesess", "3"],
      [78, 'port cannot be "80x"', "restart", "--port", "80x"],
      [78, 'processes cannot be "x"', "configtest", "--processes", "x"],
      [64, 'gw reload does not take "--now"', "graceful", "--now"],
    ];
    for (const [code, text, ...words] of refused)
      expect([words, await runScript(root, words)]).toEqual([
        words,
        { code, stdout: "", stderr: expect.stringContaining(text) },
      ]);
    expect((await fetch(url)).status).toBe(200);
    const restarted = await runScript(root, ["restart", "--processes", "2"]);
    expect([restarted.code, restarted.stdout.includes(`(process ${pid}) has stopped`)]).toEqual([0, true]);
    const status = JSON.parse((await runScript(root, ["status", "--json"])).stdout);
    expect(status.groups[0].workers).toHaveLength(2);
    expect(await runScript(root, ["stop", "--now"])).toMatchObject({ code: 0 });
  });
});
