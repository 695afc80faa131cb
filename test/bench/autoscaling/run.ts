// Scaling by the queue beside scaling by the processor, on a synthetic day, with what a request takes as measured on the real gw here.
// `npm run bench:autoscaling` prints the table of docs/kubernetes.md; with `-- --write` it writes it there, and its picture.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { obey } from "../../support/control.ts";
import { startGw } from "../../support/gw.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { median } from "../load.ts";
import { plotDay } from "./plot.ts";
import {
  byAll,
  byCpu,
  byQueue,
  byWait,
  capacityOf,
  type Deployment,
  type Service,
  simulate,
  sumUp,
  syntheticDay,
} from "./simulate.ts";

const ASKED = 300;
const WARM_UP = 50;
const PATIENCE_SECONDS = 1;
const DOCS = join(import.meta.dir, "../../../docs");
const PAGE = join(DOCS, "kubernetes.md");
const PICTURE = join(DOCS, "pictures/autoscaling.svg");
const [BEGIN, END] = ["<!-- figures of scaling -->", "<!-- end of figures -->"];
/** So that the calm day needs a dozen pods at its peak. */
const PEAK_IN_PODS = 8;

/** `slots`: what `--concurrency` would be: the connections to a database, or a few more than can be computed at once. */
const APPS = [
  { name: "waits for a database", slots: 10, work: "await Bun.sleep(60);" },
  {
    name: "computes",
    slots: 4,
    work: 'new Bun.CryptoHasher("sha256").update(new Uint8Array(16_000_000)).digest();',
  },
];
const RULES = [
  { rule: byWait, by: "the wait alone", colour: "#b9770e" },
  { rule: byQueue, by: "the wait and places", colour: "#0a6b5e" },
  { rule: byCpu, by: "the processor", colour: "#c0392b" },
  { rule: byAll, by: "all three", colour: "#4455aa" },
];
const HEAD = [
  "| App | Scaled by | Late or refused | Longest wait | Pods, at most | Pod hours |",
  "| --- | --- | ---: | ---: | ---: | ---: |",
];

/** What one request takes, asked one after the other. */
async function measure(work: string): Promise<Service> {
  using dir = makeTempDir();
  const app = dir.write("app.ts", `export default { async fetch() { ${work} return new Response("x"); } };`);
  await using gw = await startGw([app]);
  const cpuNow = async () => {
    const text = await obey(gw, "metrics");
    const [, seconds] = /^gw_process_cpu_seconds_total\{role="worker",slot="1"\} (\S+)$/m.exec(text) ?? [];
    if (seconds === undefined) throw new Error(`no time of a processor in\n${text}`);
    return Number(seconds);
  };
  for (let n = 0; n < WARM_UP; n++) await (await fetch(gw.url)).text();
  const cpuFrom = await cpuNow();
  const took: number[] = [];
  for (let n = 0; n < ASKED; n++) {
    const from = performance.now();
    await (await fetch(gw.url)).text();
    took.push((performance.now() - from) / 1_000);
  }
  return { seconds: median(took), cpuSeconds: ((await cpuNow()) - cpuFrom) / ASKED };
}

function rowOf(app: string, by: string, { lateShare, longestSeconds, mostPods, podHours }: Sum): string {
  const cells = [app, by, `${(lateShare * 100).toFixed(1)} %`, `${longestSeconds.toFixed(1)} s`];
  return `| ${[...cells, mostPods, Math.round(podHours)].join(" | ")} |`;
}
type Sum = ReturnType<typeof sumUp>;

const rows = [...HEAD];
const pictures: string[] = [];
for (const { name, slots, work } of APPS) {
  const deployment: Deployment = { slots, least: 2, most: 20, podSeconds: 25, maxQueue: 100 };
  const service = await measure(work);
  const day = syntheticDay(PEAK_IN_PODS * capacityOf(service, deployment));
  const runs = RULES.map(({ rule, by, colour }) => ({
    name: by,
    colour,
    day: simulate(day, service, deployment, rule),
  }));
  const told = `${name} (${ms(service.seconds)}, ${ms(service.cpuSeconds)} of a processor; ${slots} at once)`;
  rows.push(...runs.map((one) => rowOf(told, one.name, sumUp(one.day, PATIENCE_SECONDS))));
  const [, byQueues, byProcessor] = runs;
  if (byQueues && byProcessor)
    pictures.push(plotDay([byQueues, byProcessor], `An app that ${name}, on a synthetic day`));
}
console.log(rows.join("\n"));
if (process.argv.includes("--write")) {
  const [before, rest = ""] = readFileSync(PAGE, "utf8").split(BEGIN);
  const [, after] = rest.split(END);
  if (after === undefined) throw new Error(`${PAGE} has no place for figures`);
  writeFileSync(PAGE, [before, BEGIN, "\n\n", rows.join("\n"), "\n\n", END, after].join(""));
  writeFileSync(PICTURE, pictures[0] ?? "");
}

function ms(seconds: number): string {
  return `${(seconds * 1_000).toFixed(1)} ms`;
}
