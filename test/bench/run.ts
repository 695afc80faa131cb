// Figures of gw beside other servers on this machine: `bun run bench [--rounds 3] [--seconds 3] [--write]`.
// All contenders answer the same 8-byte body to the same browser-like request, in interleaved rounds, so that a drift
// of the machine meets them all. `--write` renders docs/benchmarks.md. Needs wrk; leaves out what is not installed.
import { parseArgs } from "node:util";
import { freshBinary } from "../support/fresh-binary.ts";
import { startContenders } from "./contenders.ts";
import { measureFootprint } from "./footprint.ts";
import { type Figures, measureThroughput } from "./load.ts";
import { measureReloads } from "./reload.ts";
import { renderReport } from "./report.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "3" },
    concurrency: { type: "string", default: "8,64,256" },
    only: { type: "string" },
    write: { type: "boolean", default: false },
  },
});

const gw = freshBinary();
await using contenders = await startContenders({ gw, only: values.only?.split(",") });
const throughput: Record<string, Figures> = {};
for (const concurrency of values.concurrency.split(",").map(Number)) {
  throughput[concurrency] = await measureThroughput(contenders.live, {
    concurrency,
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
  });
}
const footprint = await measureFootprint(gw);
const reloads = await measureReloads(gw);
const report = renderReport({ throughput, footprint, reloads, leftOut: contenders.leftOut });
console.log(report);
if (values.write) {
  const page = new URL("../../docs/benchmarks.md", import.meta.url).pathname;
  const kept = (await Bun.file(page).text()).split("<!-- figures -->")[0] ?? "";
  await Bun.write(page, `${kept}<!-- figures -->\n\n${report}\n`);
}
