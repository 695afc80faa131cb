// The commands as a person runs them: the real executable, its output and its exit code.
import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderAmbientTypes } from "../../src/options/render/render-types.ts";
import { eventually, launchGw, runGw } from "../support/gw.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

function makeProject(files: Record<string, string>) {
  const dir = makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(dir.path, name, ".."), { recursive: true });
    writeFileSync(join(dir.path, name), text);
  }
  return dir;
}

test("root: gw alone, gw help and gw --help say the same and end well", async () => {
  const [alone, help, flag] = await Promise.all([runGw([]), runGw(["help"]), runGw(["--help"])]);
  expect(alone).toEqual({ code: 0, stdout: expect.stringContaining("gw start-server app.ts"), stderr: "" });
  expect([help, flag]).toEqual([alone, alone]);
});

test("root: gw help X and gw X --help say the same", async () => {
  const [first, second] = await Promise.all([runGw(["help", "doctor"]), runGw(["doctor", "--json", "-h"])]);
  expect(first).toEqual({ code: 0, stdout: expect.stringContaining("gw doctor [--json]"), stderr: "" });
  expect(second).toEqual(first);
});

test("root: gw help shows an option by each of its names, a command before an option", async () => {
  const words = ["--memory-limit", "memory-limit", "memoryLimit", "GW_MEMORY_LIMIT"];
  const answers = await Promise.all(words.map((word) => runGw(["help", word])));
  const said = { code: 0, stdout: expect.stringContaining("--memory-limit SIZE\n"), stderr: "" };
  expect(answers).toEqual([said, said, said, said]);
  expect(new Set(answers.map(({ stdout }) => stdout)).size).toBe(1);
  expect((await runGw(["help", "help"])).stdout).toStartWith("gw help: ");
});

test("root: gw version names gw, Bun and the target", async () => {
  const { code, stdout } = await runGw(["version"]);
  expect([stdout, code]).toEqual([
    expect.stringMatching(/^gw \d+\.\d+\.\d+\S* \(Bun 1\.4\.5, [a-z]+-[a-z0-9]+\S*\)\n$/),
    0,
  ]);
  const json = await runGw(["version", "--json"]);
  expect(JSON.parse(json.stdout)).toEqual({
    version: expect.any(String),
    bun: "1.4.5",
    target: expect.any(String),
  });
});

test.each([
  [["strat-server"], "  to do:    The nearest is gw start-server"],
  [["monit"], "  to do:    Here it is gw top"],
  [["help", "docter"], "  to do:    The nearest is gw help doctor"],
  [["help", "memory-limt"], "  to do:    The nearest is gw help --memory-limit"],
  [["help", "--nonsense"], 'error: gw help does not take "--nonsense"'],
  [["--port", "80"], 'error: There is no option "--port" before a command'],
  [["version", "--jsn"], "  to do:    The nearest is --json"],
  [["version", "extra"], 'error: gw version does not take "extra"'],
  [["doctor", "--prot", "80"], "  to do:    gw help doctor shows what it takes"],
  [["print-schema", "--json"], 'error: gw print-schema does not take "--json"'],
  [["show-config", "--json", "--json"], 'error: --json was given 2 times, as "--json" and "--json"'],
  [["help", "doctor", "status"], 'error: "status" is one word too many for gw help'],
  [["--version", "--jsn"], "  to do:    The nearest is --json"],
  [["constructor"], 'error: There is no command "constructor"'],
  [["__worker"], 'error: There is no command "__worker"'],
  [["__front"], 'error: There is no command "__front"'],
  [["__config"], 'error: There is no command "__config"'],
  [["check-config", "--prot", "80"], "  to do:    The nearest is --port"],
  [["start-server", "--port"], 'error: "--port" has no value'],
])("root: gw %j is misuse", async (argv, line) => {
  const { code, stdout, stderr } = await runGw(argv);
  expect([stderr.split("\n"), stdout, code]).toEqual([expect.arrayContaining([line]), "", 64]);
});

test("root: a file in place of a command is told how to be served", async () => {
  using dir = makeProject({ "app.ts": "" });
  const { code, stderr } = await runGw(["app.ts"], { cwd: dir.path });
  expect([stderr, code]).toEqual([expect.stringContaining("gw start-server app.ts"), 64]);
});

test("check-config: a good configuration", async () => {
  using dir = makeProject({ "app.ts": "", "gw.config.json": '{ "processes": 2 }' });
  const { code, stdout, stderr } = await runGw(["check-config", `${dir.path}/app.ts`]);
  expect([stdout, stderr, code]).toEqual([
    `configuration is valid\napp:     ${dir.path}/app.ts\nconfig:  ${dir.path}/gw.config.json\n`,
    "",
    0,
  ]);
});

test("check-config: every problem of every layer, each with its origin", async () => {
  using dir = makeProject({ "app.ts": "", "gw.config.json": '{\n  "port": 80800,\n  "prot": 1\n}' });
  const options = { cwd: dir.path, env: { GW_PROCESSES: "many" } };
  const { code, stdout, stderr } = await runGw(["check-config", "app.ts", "--log-level", "loud"], options);
  expect(stderr.split("\n")).toEqual([
    'error: There is no option "prot"',
    `  set by:   ${dir.path}/gw.config.json:3`,
    "  to do:    The nearest is port",
    "error: port cannot be 80800",
    `  set by:   ${dir.path}/gw.config.json:2`,
    "  accepted: a whole number from 0 to 65535",
    'error: processes cannot be "many"',
    "  set by:   GW_PROCESSES",
    "  accepted: auto, or a whole number from 1 to 1024, or two as MIN..MAX, of which the first may be 0",
    'error: logLevel cannot be "loud"',
    "  set by:   --log-level",
    "  accepted: one of error, warn, info, debug",
    "gw: 4 problems. Nothing was started. Correct the lines above; gw show-config tells where each value comes from.",
    "",
  ]);
  expect([stdout, code]).toEqual(["", 78]);
});

test("check-config: an app that is not there", async () => {
  using dir = makeProject({ "server.ts": "" });
  const { code, stderr } = await runGw(["check-config", "server.js"], { cwd: dir.path });
  expect([stderr, code]).toEqual([expect.stringContaining(`Did you mean "${dir.path}/server.ts"?`), 66]);
});

test("check-config: a configuration file that is not there, and two of them", async () => {
  using dir = makeProject({ "gw.config.json": "{}", "gw.config.ts": "export default {}" });
  const missing = await runGw(["check-config", "--config", "no.json"], { cwd: dir.path });
  expect([missing.stderr, missing.code]).toEqual([
    expect.stringContaining(`There is no configuration file at "${dir.path}/no.json"`),
    78,
  ]);
  const both = await runGw(["check-config"], { cwd: dir.path });
  expect([both.stderr, both.code]).toEqual([
    expect.stringContaining("There are two configuration files"),
    78,
  ]);
});

test("check-config: what is no file is named as what it is, and not waited for", async () => {
  using dir = makeProject({ "conf.d/x": "", "app.ts": "" });
  Bun.spawnSync(["mkfifo", "pipe.json", "gw.config.json"], { cwd: dir.path });
  const told = async (...words: string[]) => {
    const { code, stderr } = await runGw(["check-config", ...words], { cwd: dir.path });
    return [code, stderr.split("\n")[0]];
  };
  const noFile = (name: string) =>
    `error: The configuration cannot be read from "${dir.path}/${name}": it is`;
  expect(await told("--config", "conf.d")).toEqual([78, `${noFile("conf.d")} a directory, not a file`]);
  expect(await told("--config", "pipe.json")).toEqual([78, `${noFile("pipe.json")} a pipe, not a file`]);
  expect(await told()).toEqual([78, `${noFile("gw.config.json")} a pipe, not a file`]);
  expect(await told("--config", "app.ts/x.json")).toEqual([78, expect.stringMatching(/app\.ts\/x\.json/)]);
});

test("check-config: a file that is not JSON, with its place", async () => {
  using dir = makeProject({ "gw.config.json": '{\n  "port": 80;\n}' });
  const { code, stderr } = await runGw(["check-config"], { cwd: dir.path });
  expect([stderr, code]).toEqual([expect.stringContaining(`set by:   ${dir.path}/gw.config.json:2:13`), 78]);
});

test("show-config: a TypeScript configuration is typed code with what it imports, and may print and go on", async () => {
  using dir = makeProject({
    "app.ts": "",
    "ports.ts": "export const base: number = 9000;",
    "gw.config.ts":
      'import { base } from "./ports.ts";\nconsole.log("hello");\nsetInterval(() => {}, 1000);\nexport default {\n  port: base + 1,\n  home: undefined,\n};',
  });
  const { code, stdout, stderr } = await runGw(["show-config", `${dir.path}/app.ts`, "--json"]);
  expect([JSON.parse(stdout).port, stderr, code]).toEqual([
    { value: 9001, origin: `${dir.path}/gw.config.ts:5`, layer: "file" },
    "hello\n",
    0,
  ]);
});

test.each([
  [
    "throws",
    'const a: number = 1;\nthrow new Error("no database url");',
    ["error: no database url", "gw.config.ts:2:"],
  ],
  ["is no TypeScript", "export default { port: ", ["gw.config.ts:1:"]],
  ["exports nothing", "export const port = 1;", ["Its default export is missing"]],
  ["exports a list", "export default [];", ["Its default export is a list"]],
  ["ends its process", "process.exit(3);", ["exit code 3"]],
  ["has no number for a number", "export default { port: Number('x') };", ["port cannot be NaN"]],
  ["is a number", "export default 5;", ["Its default export is 5"]],
  ["has a function for a value", "export default { port() {} };", ["port cannot be a function"]],
])("check-config: a TypeScript configuration that %s", async (_name, text, expected) => {
  using dir = makeProject({ "gw.config.ts": text });
  const { code, stderr } = await runGw(["check-config"], { cwd: dir.path });
  expect(expected.filter((part) => !stderr.includes(part))).toEqual([]);
  expect([stderr.includes("config-role"), code]).toEqual([false, 78]);
});

testWith(ON_LINUX)("check-config: a configuration that never ends does not outlive a killed gw", async () => {
  using dir = makeProject({
    "gw.config.ts": 'await Bun.write(import.meta.dir + "/pid", String(process.pid));\nwhile (true) {}',
  });
  await using gw = launchGw(["check-config"], { cwd: dir.path });
  const readPid = () => (existsSync(`${dir.path}/pid`) ? readFileSync(`${dir.path}/pid`, "utf8") : "");
  await eventually(() => readPid() !== "", "the configuration runs");
  gw.signal("SIGKILL");
  const isRunning = () => {
    const stat = existsSync(`/proc/${readPid()}`) ? readFileSync(`/proc/${readPid()}/stat`, "utf8") : "";
    return stat !== "" && !/\) [ZX] /.test(stat);
  };
  await eventually(() => !isRunning(), "the configuration's process is gone");
});

test("check-config: a TypeScript configuration may import gw/config, for its types and for its value", async () => {
  using dir = makeProject({
    "api.ts": "",
    "gw.config.ts":
      'import { defineConfig, type GwConfig } from "gw/config";\nconst more: GwConfig = { port: 9000 };\nexport default defineConfig({\n  ...more,\n  groups: {\n    api: { app: "api.ts",\n      processes: "2..4" },\n  },\n});',
  });
  const { code, stdout, stderr } = await runGw(["show-config", "--json"], { cwd: dir.path });
  expect([JSON.parse(stdout).port.value, JSON.parse(stdout).groups.api.processes, stderr, code]).toEqual([
    9000,
    { value: { min: 2, max: 4 }, origin: `${dir.path}/gw.config.ts:7`, layer: "file" },
    "",
    0,
  ]);
});

test("check-config: gw/config is gw's own, also where a package has that name", async () => {
  using dir = makeProject({
    "node_modules/gw/package.json": '{ "name": "gw", "exports": { "./config": "./config.js" } }',
    "node_modules/gw/config.js": 'throw new Error("somebody else");',
    "gw.config.ts": 'import { defineConfig } from "gw/config";\nexport default defineConfig({});',
  });
  const { code, stderr } = await runGw(["check-config"], { cwd: dir.path });
  expect([stderr, code]).toEqual(["", 0]);
});

test("check-config: groups, and what is wrong in them, each with file, line and key", async () => {
  using good = makeProject({
    "api.ts": "",
    "mail.ts": "",
    "gw.config.json":
      '{ "serviceScript": { "mail": "mail.ts" }, "groups": { "api": { "app": "api.ts", "mount": "/api", "serverName": "a.b", "route": { "/x": "slow" } }, "slow": { "processes": "0..2" } } }',
  });
  expect(await runGw(["check-config"], { cwd: good.path })).toEqual({
    code: 0,
    stdout: [
      "configuration is valid",
      `config:  ${good.path}/gw.config.json`,
      `group api:  ${good.path}/api.ts at a.b/api, 1 process x 100`,
      `group slow:  ${good.path}/api.ts by routes only, 0..2 processes x 100`,
      `service mail:  ${good.path}/mail.ts`,
      "",
    ].join("\n"),
    stderr: "",
  });
  using bad = makeProject({
    "gw.config.ts":
      "export default {\n  groups: {\n    api: {\n      procesess: 4,\n      queueTimeout() {},\n      app: undefined,\n    },\n  },\n};",
  });
  const { code, stderr } = await runGw(["check-config"], { cwd: bad.path });
  expect([stderr.split("\n").slice(0, -2), code]).toEqual([
    [
      'error: There is no option "groups.api.procesess"',
      `  set by:   ${bad.path}/gw.config.ts:4`,
      "  to do:    The nearest is processes",
      "error: groups.api.queueTimeout cannot be a function",
      `  set by:   ${bad.path}/gw.config.ts`,
      "  accepted: a time such as 1500ms, 30s, 5m or 1h, or bare seconds; from 1ms to 576h",
      'error: The group "api" has no app',
      `  set by:   ${bad.path}/gw.config.ts:3`,
      '  to do:    Give it one, as its "app"; only a group that a route leads to, or with a documentRoot, may do without',
    ],
    78,
  ]);
});

test("check-config: a configuration that contains itself is told of, not waited for", async () => {
  using dir = makeProject({
    "gw.config.ts": "const all = { port: 1 };\nall.port = all;\nexport default all;",
  });
  const { code, stderr } = await runGw(["check-config"], { cwd: dir.path });
  expect([stderr, code]).toEqual([expect.stringContaining("port cannot be"), 78]);
});

test("show-config: a working directory that is a link keeps the way of the shell", async () => {
  using dir = makeProject({ "releases/1/app.ts": "" });
  symlinkSync("releases/1", join(dir.path, "current"));
  const current = join(dir.path, "current");
  const appOf = async (PWD: string | undefined) => {
    const { stdout } = await runGw(["show-config", "app.ts", "--json"], { cwd: current, env: { PWD } });
    return JSON.parse(stdout).app.value;
  };
  const real = join(dir.path, "releases/1/app.ts");
  expect(await Promise.all([appOf(current), appOf(undefined), appOf("/"), appOf("current")])).toEqual([
    join(current, "app.ts"),
    real,
    real,
    real,
  ]);
});

test("print-types: declares gw/config for a project", async () => {
  const { code, stdout, stderr } = await runGw(["print-types"]);
  expect([stdout, stderr, code]).toEqual([renderAmbientTypes(), "", 0]);
});

test("print-schema: is the committed schema", async () => {
  const { code, stdout } = await runGw(["print-schema"]);
  expect([JSON.parse(stdout), code]).toEqual([
    await Bun.file(join(import.meta.dir, "../../docs/gw.schema.json")).json(),
    0,
  ]);
});

test("doctor: really tries, and says one thing about each", async () => {
  const { code, stdout, stderr } = await runGw(["doctor", "--json"]);
  const findings: { name: string; state: string }[] = JSON.parse(stdout);
  expect([findings.find(({ name }) => name === "SO_REUSEPORT")?.state, stderr, code]).toEqual(["ok", "", 0]);
  expect(new Set(findings.map(({ name }) => name)).size).toBe(findings.length);
});

test("completions, man: printed for whoever installs them", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout } = await runGw(["completions", shell]);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`gw completions ${shell}`)]);
  }
  const { stdout, stderr } = await runGw(["completions", "tcsh"]);
  expect([stdout, stderr]).toEqual(["", expect.stringContaining("bash, zsh, fish")]);
  expect((await runGw(["man"])).stdout).toStartWith(".Dd ");
});
