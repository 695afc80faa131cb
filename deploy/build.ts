// Makes dist/gw: one executable with the runtime inside.
// Usage: bun deploy/build.ts [--target bun-linux-x64] [--outfile dist/gw]
import { spawnSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import manifest from "../package.json" with { type: "json" };

const { values } = parseArgs({
  options: { target: { type: "string" }, outfile: { type: "string", default: "dist/gw" } },
});
/** Of the commit, so that two builds of it are the same; outside of a clone that of the package's own file. */
const commit = spawnSync("git", ["log", "-1", "--format=%cs"], {
  cwd: import.meta.dirname,
  encoding: "utf8",
});
const packed = () =>
  statSync(new URL("../package.json", import.meta.url))
    .mtime.toISOString()
    .slice(0, 10);
const date = /^\d{4}-\d\d-\d\d$/.exec(commit.stdout?.trim() ?? "")?.[0] ?? packed();

const target = values.target ?? `bun-${process.platform}-${process.arch}`;

// The executable is whole whenever it stands at its place, and as old as the moment before its sources were read: what
// is saved while it is being built is younger. That moment is read from the clock that also stamps the sources. Its name
// goes into its bytes, and two builds of one commit are to be the same: what tells builds apart is the directory.
const scratch = join(dirname(values.outfile), `.unfinished-${process.pid}`);
const unfinished = join(scratch, "gw");
mkdirSync(scratch, { recursive: true });
writeFileSync(unfinished, "");
const begun = statSync(unfinished).mtime;

const result = await Bun.build({
  // The second runs first in the threads of apps, which find it inside the executable.
  entrypoints: ["main.ts", "worker/thread.ts"].map(
    (name) => new URL(`../src/${name}`, import.meta.url).pathname,
  ),
  throw: false,
  target: "bun",
  minify: { whitespace: true, syntax: true, identifiers: false },
  sourcemap: "none",
  bytecode: true,
  format: "esm",
  define: {
    GW_BUILD: JSON.stringify({ version: manifest.version, target: target.replace(/^bun-/, ""), date }),
  },
  compile: {
    target: target as Bun.Build.CompileTarget,
    outfile: unfinished,
    // An app's own packages and tsconfig must work; .env and bunfig.toml of wherever gw is started must not be read.
    autoloadPackageJson: true,
    autoloadTsconfig: true,
    autoloadBunfig: false,
    // With `autoloadDotenv: false` Bun 1.4.5 also loses jsx and jsxImportSource of the tsconfig. An empty env file in
    // its place keeps them, and .env unread. Both are probed in test/bun/compiled.test.ts.
    autoloadDotenv: true,
    execArgv: ["--env-file=/dev/null"],
  },
});
for (const log of result.logs) console.error(String(log));
const made = result.outputs[0]?.path;
if (!result.success || made === undefined) {
  rmSync(scratch, { recursive: true, force: true });
  process.exit(1);
}
utimesSync(made, begun, begun);
// For Windows the name was given an ending.
const executable = values.outfile + made.slice(made.lastIndexOf(unfinished) + unfinished.length);
renameSync(made, executable);
rmSync(scratch, { recursive: true });
console.log(`built ${executable} for ${target}`);
