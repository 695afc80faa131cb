// `npm run test:apps [-- NAME …]`: runs published applications under gw, one after the other, and keeps what was seen in
// docs/apps.json. `--install` only installs and builds them; without names it is all of them. Installing needs npm.
import { parseArgs } from "node:util";
import { CATALOGUE } from "./catalogue.ts";
import { install } from "./install.ts";
import { runApp } from "./lane.ts";
import { mergeResults, type Result, readResults, writeResults } from "./results.ts";
import { select } from "./select.ts";

const { values, positionals } = parseArgs({
  options: { install: { type: "boolean", default: false } },
  allowPositionals: true,
});

const results: Result[] = [];
for (const app of select(CATALOGUE, positionals)) {
  const say = (what: string) => console.log(`${app.name}: ${what}`);
  if (values.install) {
    await install(app, say).catch((thrown) => {
      say(`not installed: ${thrown.message}`);
      process.exitCode = 1;
    });
    continue;
  }
  const result = await runApp(app, say);
  results.push(result);
  if (result.failures.length === 0) say(`passed, ${result.compared} answers compared`);
  else process.exitCode = 1;
}
if (!values.install) {
  const names = CATALOGUE.map(({ name }) => name);
  writeResults(mergeResults(readResults(), results, names));
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  console.log(`${results.length - failed} passed, ${failed} failed`);
}
