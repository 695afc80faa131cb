// `npm test`: runs the tests, then counts what was skipped, by what was missing. A test that is skipped without a
// reason fails the run. Usage: bun test/run.ts [WORDS FOR bun test …]
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countSkipped, renderSkipped } from "./support/skipped.ts";

const report = join(tmpdir(), `gw-tests-${process.pid}.xml`);
const words = ["--reporter=junit", `--reporter-outfile=${report}`, ...process.argv.slice(2)];
const run = Bun.spawn([process.execPath, "test", ...words], { stdio: ["inherit", "inherit", "inherit"] });
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => run.kill(name));
process.exitCode = await run.exited;

// The report does not tell what a pattern has left out from what was skipped.
const isChosen = process.argv.some((word) => /^(-t|--test-name-pattern)(=|$)/.test(word));
const told = Bun.file(report);
if (isChosen) {
  rmSync(report, { force: true });
} else if (await told.exists()) {
  const skipped = countSkipped(await told.text());
  rmSync(report);
  console.log(renderSkipped(skipped));
  if (skipped.unexplained.length > 0) process.exitCode ||= 1;
} else {
  console.error("The tests have left no report, so nobody knows what was skipped.");
  process.exitCode ||= 1;
}
