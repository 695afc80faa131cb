// Makes dist/gw: one executable with the runtime inside.
// Usage: bun deploy/build.ts [--target bun-linux-x64] [--outfile dist/gw]
import { parseArgs } from "node:util";
import manifest from "../package.json" with { type: "json" };

const { values } = parseArgs({
  options: { target: { type: "string" }, outfile: { type: "string", default: "dist/gw" } },
});
const target = values.target ?? `bun-${process.platform}-${process.arch}`;

const result = await Bun.build({
  // The second runs first in the threads of apps, which find it inside the executable.
  entrypoints: ["main.ts", "worker/thread.ts"].map(
    (name) => new URL(`../src/${name}`, import.meta.url).pathname,
  ),
  target: "bun",
  minify: { whitespace: true, syntax: true, identifiers: false },
  sourcemap: "none",
  bytecode: true,
  format: "esm",
  define: { GW_BUILD: JSON.stringify({ version: manifest.version, target: target.replace(/^bun-/, "") }) },
  compile: {
    target: target as Bun.Build.CompileTarget,
    outfile: values.outfile,
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
if (!result.success) process.exit(1);
console.log(`built ${values.outfile} for ${target}`);
