import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { fresh } from "./fresh-binary.ts";
import { gwCommand } from "./gw.ts";
import { testWith } from "./needs.ts";
import { makeTempDir, type TempDir } from "./temp-dir.ts";

const BUILT_HERE = { isMet: !process.env.GW_BIN, why: "needs that GW_BIN names no other binary" };
let dir: TempDir;
let builds: number;

beforeEach(() => {
  dir = makeTempDir();
  builds = 0;
  mkdirSync(`${dir.path}/src/deep`, { recursive: true });
  dir.write("src/deep/a.ts", "1");
  dir.write("manifest.json", "{}");
  for (const name of ["src/deep/a.ts", "src/deep", "src", "manifest.json"]) setAge(name, 100);
});
afterEach(() => dir[Symbol.dispose]());

function setAge(name: string, seconds: number): void {
  const at = 1_700_000_000 - seconds;
  utimesSync(`${dir.path}/${name}`, at, at);
}

/** Whether the product had to be built. */
function isBuilt(build?: () => void): boolean {
  const before = builds;
  fresh({
    file: `${dir.path}/dist/gw`,
    sources: [`${dir.path}/src`, `${dir.path}/manifest.json`, `${dir.path}/missing.json`],
    build:
      build ??
      (() => {
        builds++;
        writeFileSync(`${dir.path}/dist/gw`, "built");
        setAge("dist/gw", 50);
      }),
  });
  return builds > before;
}

test("fresh binary: what is missing is built, and then stands", () => {
  expect(isBuilt()).toBe(true);
  expect(isBuilt()).toBe(false);
});

test.each([
  ["a source", () => setAge("src/deep/a.ts", 49)],
  ["a source that is just as old, saved while it was built", () => setAge("src/deep/a.ts", 50)],
  ["a file beside the sources", () => setAge("manifest.json", 49)],
  ["a source that has come", () => dir.write("src/deep/b.ts", "2")],
  ["a source that has gone", () => rmSync(`${dir.path}/src/deep/a.ts`)],
])("fresh binary: %s makes it old", (_, change) => {
  isBuilt();
  change();
  expect(isBuilt()).toBe(true);
});

test("fresh binary: a build that fails says so, and the next one tries again", () => {
  const fails = () => {
    throw new Error("does not compile");
  };
  expect(() => isBuilt(fails)).toThrow("does not compile");
  expect(isBuilt()).toBe(true);
  expect(existsSync(`${dir.path}/dist/gw.lock`)).toBe(false);
});

test("fresh binary: the lock of a process that has died holds nobody up", async () => {
  const dead = Bun.spawn(["true"]);
  await dead.exited;
  mkdirSync(`${dir.path}/dist`);
  writeFileSync(`${dir.path}/dist/gw.lock`, String(dead.pid));
  expect(isBuilt()).toBe(true);
});

test("fresh binary: of processes that ask at once, one builds, and none has it before it is whole", async () => {
  const source = `
    import { fresh } from ${JSON.stringify(`${import.meta.dir}/fresh-binary.ts`)};
    import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
    fresh({ file: "gw", sources: ["manifest.json"], build() {
      appendFileSync("builds", "one ");
      writeFileSync("gw.new", "half"); Bun.sleepSync(30); writeFileSync("gw.new", "whole"); renameSync("gw.new", "gw");
    } });
    console.log(readFileSync("gw", "utf8"));`;
  dir.write("ask.ts", source);
  const asked = Array.from({ length: 6 }, () =>
    Bun.spawn([process.execPath, "ask.ts"], { cwd: dir.path, stdout: "pipe", stderr: "inherit" }),
  );
  const seen = await Promise.all(asked.map((one) => new Response(one.stdout).text()));
  expect(seen).toEqual(asked.map(() => "whole\n"));
  expect(readFileSync(`${dir.path}/builds`, "utf8")).toBe("one ");
});

testWith(BUILT_HERE)("fresh binary: the tests' own gw is younger than each of its sources", () => {
  const built = statSync(gwCommand()[0] ?? "").mtimeMs;
  for (const name of new Bun.Glob("{src,ffi}/**/*.ts").scanSync({ cwd: `${import.meta.dir}/../..` })) {
    expect(statSync(`${import.meta.dir}/../../${name}`).mtimeMs, name).toBeLessThan(built);
  }
});
