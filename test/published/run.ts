// `npm run test:apps [-- NAME …]`: runs published applications under gw, one after the other, and keeps what was seen in
// docs/apps.json. `--install` only installs and builds them; without names it is all of them. Installing needs npm.
import { parseArgs } from "node:util";
import { CATALOGUE } from "./catalogue.ts";
import type { PublishedApp } from "./catalogue-types.ts";
import { install } from "./install.ts";
import { runApp } from "./lane.ts";
import { mergeResults, readResults, writeResults } from "./results.ts";
import { select } from "./select.ts";

const { values, positionals } = parseArgs({
  options: { install: { type: "boolean", default: false } },
  allowPositionals: true,
});

try {
  const apps = select(CATALOGUE, positionals);
  if (values.install) await installAll(apps);
  else await runAll(apps);
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exitCode = 1;
}

async function installAll(apps: PublishedApp[]): Promise<void> {
  for (const app of apps) await install(app, (what) => console.log(`${app.name}: ${what}`));
}

/** Goes on after a failure; each result is kept as soon as it is there. */
async function runAll(apps: PublishedApp[]): Promise<void> {
  const names = CATALOGUE.map(({ name }) => name);
  let failed = 0;
  for (const app of apps) {
    const say = (what: string) => console.log(`${app.name}: ${what}`);
    const result = await runApp(app, say);
    writeResults(mergeResults(readResults(), [result], names));
    if (result.failures.length === 0) say(`passed, ${result.compared} answers compared`);
    else failed++;
  }
  console.log(`${apps.length - failed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}
