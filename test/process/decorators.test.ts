// Apps with decorators of TypeScript's older kind, and injection by type, on the real gw: they run as they run with Bun.
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { textOf } from "../support/control.ts";
import { runGw, startGw } from "../support/gw.ts";
import { makeTempDir, type TempDir } from "../support/temp-dir.ts";

setDefaultTimeout(60_000);

const PACKAGES = resolve(import.meta.dir, "../../node_modules");
const ASKS = `{ "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true, "jsx": "react-jsx", "jsxImportSource": "mine" } }`;

/** Tells for each call that throws where that was, below the app's directory. */
const PLACES = `
  export const place = (act) => { try { act(); return "nothing thrown"; } catch (error) {
    const frame = error.stack.split("\\n").find((line) => line.includes(import.meta.dir));
    return error.message + " at " + /([\\w/.-]+:\\d+:\\d+)\\)?$/.exec(frame)[1].slice(import.meta.dir.length + 1); } };`;

const SERVICES = `
import "reflect-metadata";
import { injectable, inject, container } from "tsyringe";
import type { Shape } from "./shapes";

// Words of the code in a comment: greet, fails, throw
@injectable()
export class Clock { now(): string { return "noon"; } }

function Around(act?: (value: string) => string): any {
  return (_t: object, _n: string, about: PropertyDescriptor) => { if (act) about.value = act; };
}

@injectable()
export class Greeter {
  @Around() greet(name: string): string { return "hello " + name + " at " + this.clock.now(); }

  constructor(
    private readonly clock: Clock,
    @inject("word") public readonly word: string,
  ) {}

  @Around((value: string) => {

    // A gap.
    throw new Error("in a decorator " + value);
  })
  decorated(value: string): string { return value; }

  fails<T extends Shape>(shape: T): never {
    const kept: Shape = shape;

    throw new Error("in a method" + kept.size);
  }
}

container.register("word", { useValue: "injected" });
export const greeter = container.resolve(Greeter);
export const types = Reflect.getMetadata("design:paramtypes", Greeter).map((type: { name: string }) => type.name);
`;

const APP = `
import { place } from "./places.js";
import { greeter, types } from "./services";
import { view } from "./view.tsx";
import { Linked } from "linked";

const told = [greeter.greet("you"), greeter.word, types, place(() => greeter.decorated("x")),
  place(() => greeter.fails({ size: 1 })), place(() => Linked.fail()), view, __dirname === import.meta.dir, typeof require];
if (process.argv[2] === "alone") console.log(JSON.stringify(told));
else Bun.serve({ fetch: () => Response.json(told) });
`;

function plant(files: Record<string, string>): TempDir {
  const dir = makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(dir.path, dirname(name)), { recursive: true });
    dir.write(name, text);
  }
  mkdirSync(join(dir.path, "node_modules"), { recursive: true });
  for (const name of ["reflect-metadata", "tsyringe", "tslib"])
    symlinkSync(join(PACKAGES, name), join(dir.path, "node_modules", name));
  return dir;
}

const PROJECT = {
  "package.json": `{ "name": "shop" }`,
  "tsconfig.json": ASKS,
  "places.js": PLACES,
  "shapes.ts": "export interface Shape { size: number }",
  "services.ts": SERVICES,
  "app.ts": APP,
  "view.tsx": `function Plain(): any { return () => {}; }\n@Plain() class View { render() { return <b x="1">text</b>; } }\nexport const view = new View().render();`,
  "node_modules/mine/package.json": `{ "name": "mine" }`,
  "node_modules/mine/jsx-runtime.js":
    "export const jsx = (type, props) => [type, props]; export const jsxs = jsx;",
  "packages/linked/package.json": `{ "name": "linked", "main": "index.ts" }`,
  "packages/linked/tsconfig.json": ASKS,
  "packages/linked/index.ts": `function Plain(): any { return (made: Function) => made; }\n\n@Plain()\nexport class Linked {\n  static fail(): never {\n    throw new Error("in a linked package");\n  }\n}\n`,
};

test("decorators: injection by type, places of errors, JSX and linked sources are as with Bun alone", async () => {
  using dir = plant(PROJECT);
  symlinkSync("../packages/linked", join(dir.path, "node_modules/linked"));
  const app = join(dir.path, "app.ts");
  const alone = Bun.spawnSync([resolve(PACKAGES, ".bin/bun"), app, "alone"], {
    cwd: dir.path,
    env: { ...process.env, NODE_ENV: "production" },
  });
  const expected = JSON.parse(alone.stdout.toString());
  // A word that is injected by its name has no class.
  expect(expected.slice(0, 3)).toEqual(["hello you at noon", "injected", ["Clock", null]]);
  expect(expected[3]).toMatch(/^in a decorator x at services\.ts:26:\d+$/);
  await using gw = await startGw([app], { env: { NODE_ENV: undefined } });
  expect(JSON.parse(await textOf(gw.url))).toEqual(expected);
});

test("decorators: a tsconfig that extends others asks as well, and one that does not leaves them as the standard has them", async () => {
  using dir = plant({
    "node_modules/@org/base/tsconfig.json": ASKS,
    "asks/tsconfig.json": `{ "extends": ["@org/base"] }`,
    "other/tsconfig.json": "{}",
  });
  const text = `let count = 0; const note = (...given: unknown[]): any => { count = given.length; };
    class A { @note method() {} } export default () => new Response(String(count));`;
  for (const [name, count] of [
    ["asks", "3"],
    ["other", "2"],
  ] as const) {
    await using gw = await startGw([dir.write(`${name}/app.ts`, text)]);
    expect(await textOf(gw.url)).toBe(count);
  }
});

test("decorators: CommonJS sources run, in circles too, as the app's own file too", async () => {
  using dir = plant({ "tsconfig.json": ASKS, "package.json": "{}", "places.js": PLACES });
  dir.write(
    "one.ts",
    `const { early } = require("./two.ts");\nfunction Plain(): any { return () => {}; }\n\n@Plain()\nclass One { static fail(): never {\n\n  throw new Error("in CommonJS"); } }\nmodule.exports = { One, early };`,
  );
  dir.write(
    "two.ts",
    `type Count = number;\n\nexports.early = 7 as Count;\nexports.sees = Object.keys(require("./one.ts"));\nexports.fail = (): never => { throw new Error("not decorated"); };`,
  );
  const app = dir.write(
    "app.ts",
    `const { createServer } = require("http");
    const { place } = require("./places.js"); const one = require("./one.ts"); const two = require("./two.ts");
    const told: unknown[] = [one.early, place(() => one.One.fail()), place(() => two.fail()), require("./one.ts") === one, __filename, require.main === module];
    if (require.main === module) createServer((_q: unknown, a: any) => a.end(JSON.stringify(told))).listen(process.env.PORT);`,
  );
  await using gw = await startGw([app]);
  expect(JSON.parse(await textOf(gw.url))).toEqual([
    7,
    expect.stringMatching(/^in CommonJS at one\.ts:7:\d+$/),
    expect.stringMatching(/^not decorated at two\.ts:5:\d+$/),
    true,
    app,
    true,
  ]);
});

test("decorators: an error while such an app is loaded is told with its file and line", async () => {
  using dir = plant({ "tsconfig.json": ASKS });
  const head = `function Plain(): any { return () => {}; }\n\n@Plain()\nexport class A {}\n`;
  for (const [rest, place] of [
    [`\nthrow new Error("too early");`, /too early \(\S+\/app\.ts:6:\d+\)/],
    ["\nconst = 1;", /\S+\/app\.ts:6:\d+/],
  ] as const) {
    const app = dir.write("app.ts", head + rest);
    const { code, stderr } = await runGw(["start-server", app, "--port", "0"]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(place)]);
  }
});
