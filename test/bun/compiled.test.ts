// Probes of a compiled executable, made with the compile options of deploy/build.ts: what it loads of an app that lies
// outside of it, what it reads and must not read of the directory that it is started in, and what it is to itself.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { makeTempDir } from "../support/temp-dir.ts";

const BUILD = resolve(import.meta.dir, "../../deploy/build.ts");

const COMPILE = {
  autoloadPackageJson: true,
  autoloadTsconfig: true,
  autoloadBunfig: false,
  autoloadDotenv: true,
  execArgv: ["--env-file=/dev/null"],
};

/** A stand-in for gw: imports a file by absolute path, tells of itself, or starts itself. */
const PROGRAM = `
  import { pathToFileURL } from "node:url";
  const [, entry, role, argument] = process.argv;
  if (role === "load") console.log(JSON.stringify((await import(pathToFileURL(argument).href)).default));
  else if (role === "loaded") {
    await import(pathToFileURL(argument).href);
    console.log(JSON.stringify(Object.keys(require.cache).filter((path) => !path.startsWith("/$bunfs/")).sort()));
  }
  else if (role === "self") console.log(JSON.stringify({ entry, execPath: process.execPath, argument, execArgv: process.execArgv }));
  else if (role === "child") process.on("message", (message) => { process.send({ echo: message }); });
  else if (role === "parent") {
    const child = Bun.spawn([process.execPath, "child"], { stdio: ["ignore", "inherit", "inherit"], serialization: "json",
      ipc(message) { console.log(JSON.stringify(message)); child.kill(); } });
    child.send({ hello: 1 });
  }
`;

const temp = makeTempDir();
const binary = join(temp.path, "program");
const source = temp.write("program.ts", PROGRAM);

beforeAll(() => compile(binary, COMPILE));
afterAll(() => temp[Symbol.dispose]());

async function compile(outfile: string, options: Omit<Bun.CompileBuildOptions, "outfile">): Promise<void> {
  const built = await Bun.build({
    entrypoints: [source],
    target: "bun",
    minify: { whitespace: true, syntax: true, identifiers: false },
    bytecode: true,
    format: "esm",
    compile: { ...options, outfile },
  });
  expect(built.success).toBe(true);
}

type Tree = Record<string, string>;

/** Settings that name a runtime of their own, which says that it was used. */
const JSX: Tree = {
  "tsconfig.json": `{ "compilerOptions": { "jsx": "react-jsx", "jsxImportSource": "mine" } }`,
  "node_modules/mine/jsx-runtime.js": `export const jsx = (type) => "mine " + type; export const jsxs = jsx;`,
  "app.tsx": `export default <p />;`,
};

/** Writes files below a directory of their own. */
function plant(files: Tree) {
  const place = makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place.path, name)), { recursive: true });
    place.write(name, text);
  }
  return place;
}

async function run(command: string[], options: { cwd?: string; env?: Record<string, string> } = {}) {
  const child = Bun.spawn(command, {
    cwd: options.cwd ?? "/",
    env: { PATH: "/usr/bin:/bin", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { stdout, stderr, code };
}

/** The default export of an app, as the binary sees it. */
async function load(app: string, options: Parameters<typeof run>[1] = {}): Promise<unknown> {
  const { stdout, stderr, code } = await run([binary, "load", app], options);
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  return JSON.parse(stdout.split("\n").at(-2) ?? "");
}

test("compiled: the probes use the compile options of the real build", async () => {
  const build = await Bun.file(BUILD).text();
  for (const [name, value] of Object.entries(COMPILE))
    expect(build).toContain(`${name}: ${JSON.stringify(value)},`);
});

describe("compiled: an app outside the binary, started from /", () => {
  const PACKAGES: Tree = {
    "node_modules/esm/package.json": `{ "name": "esm", "type": "module", "exports": { ".": "./lib/main.js", "./sub": "./lib/sub.js" } }`,
    "node_modules/esm/lib/main.js": `export { default } from "cjs";`,
    "node_modules/esm/lib/sub.js": `export const sub = "sub";`,
    "node_modules/cjs/package.json": `{ "name": "cjs", "main": "./main" }`,
    "node_modules/cjs/main.js": `module.exports = "cjs of " + require("inner/file");`,
    "node_modules/cjs/node_modules/inner/file.js": `module.exports = require("fs") && "inner";`,
  };

  test("packages by bare name, exports maps, and chains of require inside a package", async () => {
    using app = plant({
      ...PACKAGES,
      "src/deep/app.ts": `import esm from "esm"; import { sub } from "esm/sub"; export default [esm, sub];`,
    });
    expect(await load(join(app.path, "src/deep/app.ts"))).toEqual(["cjs of inner", "sub"]);
  });

  test("require.cache names every module of the app, of whatever kind, and what was imported last", async () => {
    using app = plant({
      ...PACKAGES,
      "app.ts": `import "esm"; import "./a.json"; import "./b.txt"; import "./c.cjs"; import "./d.toml"; await import("./" + "lazy.ts");`,
      "a.json": "{}",
      "b.txt": "",
      "c.cjs": "",
      "d.toml": "",
      "lazy.ts": "export {};",
    });
    const { stdout } = await run([binary, "loaded", join(app.path, "app.ts")]);
    const own = (JSON.parse(stdout) as string[]).filter((path) => !path.includes("/node_modules/"));
    expect(own.map((path) => path.replace(`${app.path}/`, ""))).toEqual([
      "a.json",
      "app.ts",
      "b.txt",
      "c.cjs",
      "d.toml",
      "lazy.ts",
    ]);
  });

  test("a package that is a symbolic link, as in workspaces", async () => {
    using app = plant({
      "packages/lib/package.json": `{ "name": "lib", "main": "main.ts" }`,
      "packages/lib/main.ts": `export const word: string = "linked";`,
      "app/main.ts": `import { word } from "lib"; export default word;`,
      "node_modules/.keep": "",
    });
    symlinkSync("../packages/lib", join(app.path, "node_modules/lib"));
    expect(await load(join(app.path, "app/main.ts"))).toBe("linked");
  });

  test("tsconfig paths, JSON and text imports, top-level await, CommonJS and import.meta.dir", async () => {
    using app = plant({
      "tsconfig.json": `{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }`,
      "src/word.ts": `export const word = "by path";`,
      "src/data.json": `{ "a": 1 }`,
      "src/note.txt": "note",
      "src/old.cjs": `module.exports = { old: true };`,
      "src/app.ts": `import { word } from "@/word"; import data from "./data.json"; import note from "./note.txt";
        import old from "./old.cjs"; export default [word, data, await note, old, import.meta.dir];`,
    });
    expect(await load(join(app.path, "src/app.ts"))).toEqual([
      "by path",
      { a: 1 },
      "note",
      { old: true },
      join(app.path, "src"),
    ]);
  });

  test("JSX settings are read from the tsconfig in the working directory itself, so a worker starts in its home", async () => {
    using app = plant(JSX);
    const file = join(app.path, "app.tsx");
    const env = { NODE_ENV: "production" };
    expect(await load(file, { cwd: app.path, env })).toBe("mine p");
    for (const cwd of ["/", join(app.path, "node_modules")])
      expect((await run([binary, "load", file], { cwd, env })).stderr).toContain("react/jsx-runtime");
  });

  test("without JSX settings NODE_ENV chooses React's runtime", async () => {
    using app = plant({ "app.tsx": JSX["app.tsx"] ?? "" });
    for (const [env, runtime] of [
      [{ NODE_ENV: "production" }, "react/jsx-runtime"],
      [{}, "react/jsx-dev-runtime"],
    ] as const)
      expect((await run([binary, "load", join(app.path, "app.tsx")], { env })).stderr).toContain(runtime);
  });

  test("autoloadDotenv: false would lose the JSX settings, which is why an empty env file stands in its place", async () => {
    using app = plant(JSX);
    const other = join(temp.path, "without-dotenv");
    const { execArgv: _, ...options } = COMPILE;
    await compile(other, { ...options, autoloadDotenv: false });
    const place = { cwd: app.path, env: { NODE_ENV: "production" } };
    const { stderr } = await run([other, "load", join(app.path, "app.tsx")], place);
    expect(stderr).toContain("react/jsx-runtime");
  });

  test("experimentalDecorators is never read, although plain Bun reads it in the working directory", async () => {
    using app = plant({
      "tsconfig.json": `{ "compilerOptions": { "experimentalDecorators": true } }`,
      "app.ts": `let count = 0; const note = (...args) => { count = args.length; };
        class A { @note method() {} } export default count;`,
    });
    const file = join(app.path, "app.ts");
    // A decorator of TypeScript's older kind is called with three arguments, one of the standard with two.
    expect((await run([process.execPath, source, "load", file], { cwd: app.path })).stdout).toBe("3\n");
    expect(await load(file, { cwd: app.path })).toBe(2);
  });

  test("a syntax error and a missing package are the app's own errors, with their file", async () => {
    using app = plant({ "bad.ts": "let = ;", "lacks.ts": `import "no-such-package";` });
    for (const name of ["bad.ts", "lacks.ts"]) {
      const { stderr, code } = await run([binary, "load", join(app.path, name)]);
      expect(stderr).toContain(join(app.path, name));
      expect(code).not.toBe(0);
    }
  });
});

describe("compiled: a hostile working directory", () => {
  const HOSTILE: Tree = {
    "bunfig.toml": `preload = ["./preload.ts"]\n[define]\n"process.env.DEFINED" = "'yes'"\n`,
    "preload.ts": `console.log("preloaded");`,
    ".env": "LEAK=env\nNODE_OPTIONS=--bad\n",
    ".env.local": "LEAK=local\n",
    ".env.production": "LEAK=production\n",
    "app.ts": `console.log("LEAK is " + process.env.LEAK); export default 1;`,
  };

  test("bunfig.toml and .env files are not read, although plain Bun reads them", async () => {
    using place = plant(HOSTILE);
    const app = join(place.path, "app.ts");
    const plain = await run([process.execPath, source, "load", app], { cwd: place.path });
    expect(plain.stdout).toBe("preloaded\nLEAK is local\n1\n");
    for (const env of [{}, { NODE_ENV: "production" }]) {
      const compiled = await run([binary, "load", app], { cwd: place.path, env });
      expect(compiled).toEqual({ stdout: "LEAK is undefined\n1\n", stderr: "", code: 0 });
    }
  });

  test("a package.json that wants to run something changes nothing", async () => {
    using place = plant({
      ...HOSTILE,
      "package.json": `{ "imports": { "#x": "./preload.ts" }, "preload": "x" }`,
    });
    const { stdout } = await run([binary, "load", join(place.path, "app.ts")], { cwd: place.path });
    expect(stdout).toBe("LEAK is undefined\n1\n");
  });

  test("BUN_OPTIONS and BUN_BE_BUN act on the binary: gw takes them out of a child's environment", async () => {
    using place = plant(HOSTILE);
    const app = join(place.path, "app.ts");
    const preload = join(place.path, "preload.ts");
    const steered = await run([binary, "load", app], { env: { BUN_OPTIONS: `--preload=${preload}` } });
    expect(steered.stdout).toStartWith("preloaded\n");
    const bun = await run([binary, "--version"], { env: { BUN_BE_BUN: "1" } });
    expect(bun.stdout).toBe(`${Bun.version}\n`);
  });
});

describe("compiled: the binary itself", () => {
  test("knows its own path, takes flags of Bun's for its own arguments, and keeps its sources in /$bunfs", async () => {
    const { stdout } = await run([binary, "self", "--version"]);
    expect(JSON.parse(stdout)).toEqual({
      entry: expect.stringMatching(/^\/\$bunfs\//),
      execPath: binary,
      argument: "--version",
      execArgv: expect.any(Array),
    });
  });

  test("starts itself again in another role with a life channel", async () => {
    const { stdout, code } = await run([binary, "parent"]);
    expect({ stdout, code }).toEqual({ stdout: `{"echo":{"hello":1}}\n`, code: 0 });
  });
});
