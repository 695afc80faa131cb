// Probes of sources that a plugin gives to the runtime, which worker/app/legacy-decorators.ts rests on.
import { expect, test } from "bun:test";
import { makeTempDir } from "../support/temp-dir.ts";

/** Runs a program that loads `given.ts`, whose text a plugin has made; answers what it prints. */
function run(contents: string, after: string): string {
  using dir = makeTempDir();
  dir.write("given.ts", "\n\n\n\n\n\n\n\n\nexport function original() {}");
  const program = dir.write(
    "program.mts",
    `Bun.plugin({ name: "given", setup(build) {
       build.onLoad({ filter: /given\\.ts$/ }, () => ({ contents: ${JSON.stringify(contents)}, loader: "js" })); } });
     const given = await import("./given.ts");
     ${after}`,
  );
  return Bun.spawnSync([process.execPath, program]).stdout.toString();
}

/** Its only mapping leads to line 10, column 8 of the file. */
const MAP = Buffer.from(
  JSON.stringify({ version: 3, sources: ["given.ts"], sourcesContent: [""], names: [], mappings: ";AASO" }),
).toString("base64");
const CODE = `export const act = () => { throw new Error("here"); };\n//# sourceMappingURL=data:application/json;base64,${MAP}`;
const TELL = `try { given.act(); } catch (error) { console.log(/given\\.ts:(\\d+):\\d+/.exec(error.stack)[1]); }`;

test("a source that begins with // @bun is not compiled again, and its source map holds", () => {
  expect(run(`// @bun\n${CODE}`, TELL)).toBe("10\n");
});

test("in any other source of a plugin a source map is passed over", () => {
  expect(run(CODE, TELL)).toBe("1\n");
});

test("a CommonJS source of a plugin is never run", () => {
  expect(run("console.log('run'); exports.made = 1;", "console.log(given.made);")).toBe("undefined\n");
});
