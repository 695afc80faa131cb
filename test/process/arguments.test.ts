// Programs made by others, run by gw as their own documentation runs them: by the link that a package manager makes,
// with words of their own; and modules that are loaded before the app.
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { textOf } from "../support/control.ts";
import { type Gw, runGw, startGw } from "../support/gw.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

/** As json-server and its like: CommonJS, no extension, a line for the shell; it does nothing when it is only imported. */
const COMMAND = `#!/usr/bin/env node
const { createServer } = require("http");
if (require.main === module) {
  const told = { argv: process.argv.slice(1), cwd: process.cwd(), file: __filename };
  createServer((req, res) => res.end(JSON.stringify(told))).listen(3000);
}`;

const MODULE = `#!/usr/bin/env node
import { createServer } from "node:http";
if (!import.meta.main) throw new Error("it is only imported");
const told = { argv: process.argv.slice(1), cwd: process.cwd(), file: import.meta.filename };
createServer((req, res) => res.end(JSON.stringify(told))).listen(3000);`;

/** A project with a package in it that has commands. */
function makeProject(): TempDir {
  const dir = makeTempDir();
  for (const name of ["node_modules/.bin", "node_modules/tool/bin"])
    mkdirSync(join(dir.path, name), { recursive: true });
  dir.write("package.json", "{}");
  dir.write("node_modules/tool/package.json", `{ "name": "tool" }`);
  for (const [name, text] of [
    ["cjs", COMMAND],
    ["esm.mjs", MODULE],
  ] as const) {
    chmodSync(dir.write(`node_modules/tool/bin/${name}`, text), 0o755);
    symlinkSync(`../tool/bin/${name}`, join(dir.path, "node_modules/.bin", name.replace(".mjs", "")));
  }
  return dir;
}

type Told = { argv: string[]; cwd: string; file: string };
const told = async (gw: Gw) => (await (await fetch(gw.url)).json()) as Told;

test.each([
  ["cjs", "cjs"],
  ["esm", "esm.mjs"],
])(
  "arguments: the command %s of a package runs where gw was started, with the words after --",
  async (name, file) => {
    using dir = makeProject();
    const words = ["db.json", "--watch", "--port", "x y", "", "--"];
    await using gw = await startGw(
      [
        `node_modules/.bin/${name}`,
        ...["--port", "0", "--host", "127.0.0.1", "--app-argument", "--first", "--", ...words],
      ],
      { cwd: dir.path },
    );
    expect(await told(gw)).toEqual({
      argv: [join(dir.path, "node_modules/.bin", name), "--first", ...words],
      cwd: dir.path,
      file: join(dir.path, "node_modules/tool/bin", file),
    });
    expect(gw.stdout()).toMatch(
      /^Working directory +: .* \(where gw was started: the app is a package's\)$/m,
    );
  },
);

test("arguments: groups and services have their own, in a file", async () => {
  using dir = makeProject();
  const app = `export default { fetch: () => new Response(JSON.stringify(process.argv.slice(2))) };`;
  dir.write("app.ts", app);
  dir.write(
    "mail.ts",
    `console.log("mail " + JSON.stringify(process.argv.slice(2))); setInterval(() => {}, 1e6);`,
  );
  const groups = {
    a: { app: "app.ts", mount: "/a", appArguments: ["--of", "a"] },
    b: { app: "app.ts", mount: "/b" },
  };
  const services = { serviceScript: { mail: "mail.ts" }, serviceArgument: { mail: ["--queue", "fast"] } };
  const config = dir.write("gw.config.json", JSON.stringify({ ...services, groups }));
  await using gw = await startGw(["--config", config]);
  expect([await textOf(`${gw.url}a`), await textOf(`${gw.url}b`)]).toEqual([`["--of","a"]`, "[]"]);
  await gw.until(/mail \["--queue","fast"\]/);
});

test("arguments: setup-server writes them down, as they are, and where a package's command is to run", async () => {
  using dir = makeProject();
  const root = join(dir.path, "r");
  const words = ["--server-root", root, "node_modules/.bin/cjs", "--", "--x", "y z", ""];
  expect((await runGw(["setup-server", ...words], { cwd: dir.path })).code).toBe(0);
  const shown = await runGw(["show-config", "--json", "--config", join(root, "gw.config.json")]);
  const { appArgument, home } = JSON.parse(shown.stdout);
  expect([appArgument.value, home.value]).toEqual([["--x", "y z", ""], dir.path]);
});

test("arguments: words without an app, and a shell script in its place, are told", async () => {
  using dir = makeProject();
  const none = await runGw(["check-config", "--", "app.ts"]);
  expect([none.code, none.stderr]).toEqual([
    64,
    expect.stringContaining('There is no app for the argument "app.ts"'),
  ]);
  const shim = dir.write("node_modules/.bin/shim", '#!/bin/sh\nexec node "$basedir/../tool/bin/cjs" "$@"\n');
  const refused = await runGw(["start-server", shim, "--port", "0"]);
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining(`${shim} is a program for sh, not JavaScript`),
  ]);
});

test("preload: modules and packages are there before the app, in their order, also for a service", async () => {
  using dir = makeProject();
  mkdirSync(join(dir.path, "node_modules/@scope/agent/lib"), { recursive: true });
  dir.write(
    "node_modules/@scope/agent/package.json",
    `{ "name": "@scope/agent", "exports": { "./register": "./lib/register.js" } }`,
  );
  dir.write("node_modules/@scope/agent/lib/register.js", `(globalThis.seen ??= []).push("agent");`);
  dir.write(
    "first.ts",
    `const word: string = await Promise.resolve("first"); (globalThis as any).seen = [word, process.getuid!()];`,
  );
  const app = dir.write(
    "app.ts",
    `const seen = globalThis.seen; export default { fetch: () => Response.json(seen) };`,
  );
  dir.write("mail.ts", `console.log("mail saw " + globalThis.seen); setInterval(() => {}, 1e6);`);
  await using gw = await startGw([
    ...[app, "--preload", "./first.ts", "--preload", "@scope/agent/register"],
    ...["--service-script", "mail", join(dir.path, "mail.ts")],
  ]);
  expect(await (await fetch(gw.url)).json()).toEqual(["first", process.getuid?.(), "agent"]);
  await gw.until(/mail saw first,\d+,agent/);
});

test("preload: what is wrong with one is told with its name and place, and mended by a change", async () => {
  using dir = makeProject();
  const app = dir.write("app.ts", `export default { fetch: () => new Response(globalThis.word) };`);
  dir.write("first.ts", `\nthrow new Error("not today");`);
  const failed = await runGw(["start-server", app, "--port", "0", "--preload", "./first.ts"]);
  expect([failed.code, failed.stderr]).toEqual([
    1,
    expect.stringContaining(`The preload ./first.ts could not be loaded: not today (${dir.path}/first.ts:2:`),
  ]);
  const missing = await runGw(["start-server", app, "--port", "0", "--preload", "no-such-package/register"]);
  expect(missing.stderr).toContain("The preload no-such-package/register could not be loaded");
  dir.write("first.ts", `globalThis.word = "one";`);
  await using gw = await startGw([app, "--preload", "./first.ts", "--reload-on-changes"]);
  expect(await textOf(gw.url)).toBe("one");
  dir.write("first.ts", `globalThis.word = ;`);
  await gw.until(/a new generation was refused/);
  dir.write("first.ts", `globalThis.word = "two";`);
  await gw.until(/the new generation serves/);
  expect(await textOf(gw.url)).toBe("two");
});
