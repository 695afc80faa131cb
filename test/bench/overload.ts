// What is left of a server under more than it can do: an open loop of 1.5, 2 and 3 times its capacity, whose clients wait for a
// second. `bun test/bench/overload.ts [--seconds 6] [--only NAME;…]` prints the table that docs/overload.md has.
import { parseArgs } from "node:util";
import { freshBinary } from "../support/fresh-binary.ts";
import { randomOf } from "../support/seeded-random.ts";
import { type Contender, gw, haproxy, type Live, nginx, startContenders } from "./contenders.ts";
import { runWrk } from "./load.ts";
import { versionOfProgram } from "./machine.ts";
import { rssByRole } from "./memory.ts";
import { type Came, flood } from "./open-loop.ts";

export type OverloadFigures = {
  /** Of each flood. */
  seconds: number;
  /** By contender. */
  floods: Record<string, FloodFigure[]>;
};

export type FloodFigure = {
  times: number;
  /** Of the capacity: answered with 200 within the clients' patience, before the flood was over. */
  goodput: number;
  /** Of those who came. */
  refused: number;
  left: number;
  /** Of the good answers. */
  p50Ms: number;
  p99Ms: number;
  /** More than before the flood, at its end; of all processes together. */
  grownKb: number;
  /** After the flood, with half the capacity still asked for: until the last one that was not answered well. */
  backAfterMs: number;
};

const APP = "computes.ts";
const TIMES = [1.5, 2, 3] as const;
/** Answers a second: the app takes ten milliseconds for each, by the clock. */
const CAPACITY = 100;
const PATIENCE_MS = 1_000;
const SECONDS = 6;
const AFTER_SECONDS = 3;
/** What is asked for after a flood. */
const AFTER = 0.5;
/** All contenders meet the same arrivals. */
const SEED = 7;
const FEW = { title: "few clients", path: "/", concurrency: 4 };

const AUTO = ["--concurrency", "auto"];
const LIFO = ["--queue-policy", "lifo-when-late"];

const withVersion = (contender: Contender, program: string): Contender => ({
  ...contender,
  name: versionOfProgram(program) ?? contender.name,
});

export const OVERLOADED: readonly Contender[] = [
  withVersion(nginx(APP), "nginx"),
  withVersion(haproxy(APP), "haproxy"),
  gw("gw, as it is by default", APP, "--concurrency", "100"),
  gw("gw, concurrency auto, fifo", APP, ...AUTO),
  gw("gw, concurrency auto, lifo-when-late", APP, ...AUTO, ...LIFO),
  gw("gw, the same with two front ends", APP, ...AUTO, ...LIFO, "--front-ends", "2"),
];

export async function measureOverload(
  binary: string,
  seconds = SECONDS,
  contenders: readonly Contender[] = OVERLOADED,
): Promise<OverloadFigures> {
  const figures: OverloadFigures = { seconds, floods: {} };
  // One after the other: what one of them leaves undone would meet the next.
  for (const contender of contenders) {
    await using started = await startContenders(binary, [contender]);
    const [live] = started.live;
    if (!live) continue;
    await runWrk(live.origin, FEW, 1);
    const floods: FloodFigure[] = [];
    for (const times of TIMES) floods.push(await measureFlood(live, times, seconds));
    figures.floods[contender.name] = floods;
  }
  return figures;
}

async function measureFlood(live: Live, times: number, seconds: number): Promise<FloodFigure> {
  const { origin, roots } = live;
  const common = { origin, patienceMs: PATIENCE_MS, random: randomOf(SEED) };
  const before = sumOf(rssByRole(roots));
  const from = performance.now();
  const during = flood({ ...common, perSecond: CAPACITY * times, seconds }, from);
  await Bun.sleep(seconds * 1000);
  const grownKb = sumOf(rssByRole(roots)) - before;
  const since = performance.now() - from;
  const after = await flood({ ...common, perSecond: CAPACITY * AFTER, seconds: AFTER_SECONDS }, from);
  return summariseFlood({ during: await during, after, since, times, seconds, grownKb });
}

const isGood = ({ status, tookMs }: Came) => status === 200 && tookMs <= PATIENCE_MS;

/** `since`: when the flood was over. */
export function summariseFlood(seen: {
  during: readonly Came[];
  after: readonly Came[];
  since: number;
  times: number;
  seconds: number;
  grownKb: number;
}): FloodFigure {
  const { during, after, since, times, seconds, grownKb } = seen;
  const good = during
    .filter((one) => isGood(one) && one.at + one.tookMs <= since)
    .map(({ tookMs }) => tookMs)
    .toSorted((a, b) => a - b);
  const share = (count: number) => count / Math.max(1, during.length);
  return {
    times,
    goodput: good.length / seconds / CAPACITY,
    refused: share(during.filter(({ status }) => status >= 500).length),
    left: share(during.filter(({ status }) => status === 0).length),
    p50Ms: good[Math.floor(good.length * 0.5)] ?? Number.NaN,
    p99Ms: good[Math.floor(good.length * 0.99)] ?? Number.NaN,
    grownKb,
    backAfterMs: Math.max(0, ...after.filter((one) => !isGood(one)).map(({ at }) => at - since)),
  };
}

const sumOf = (byRole: Record<string, number>) => Object.values(byRole).reduce((sum, kb) => sum + kb, 0);

const percent = (part: number) => `${Math.round(part * 100)} %`;
const shown = (ms: number) => (Number.isNaN(ms) ? "–" : Math.round(ms).toLocaleString("en"));

export function renderOverload({ seconds, floods }: OverloadFigures): string[] {
  const rows = Object.entries(floods).flatMap(([name, all]) => all.map((one) => renderFlood(name, one)));
  return [
    "### Overload",
    "",
    `An app that computes for ten milliseconds, and clients who come whether others have been answered or not (Poisson), wait for a second and leave. Capacity is ${CAPACITY} answers a second, by the time that the app takes. Goodput is what was answered within that second, and before the flood of ${seconds} seconds was over, of the capacity; back is how long after the flood, with half the capacity asked for, the last client was not served well.`,
    "",
    "| | asked | goodput | refused | left | p50 / p99 ms of the good | memory | back after |",
    `| --- |${" --: |".repeat(7)}`,
    ...rows,
  ];
}

function renderFlood(name: string, one: FloodFigure): string {
  const isBack = one.backAfterMs < AFTER_SECONDS * 950;
  const cells = [
    name,
    `${one.times} ×`,
    percent(one.goodput),
    percent(one.refused),
    percent(one.left),
    `${shown(one.p50Ms)} / ${shown(one.p99Ms)}`,
    `${one.grownKb < 0 ? "–" : "+"} ${Math.abs(one.grownKb / 1024).toFixed(1)} MB`,
    isBack ? `${(one.backAfterMs / 1000).toFixed(1)} s` : `not in ${AFTER_SECONDS} s`,
  ];
  return `| ${cells.join(" | ")} |`;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { seconds: { type: "string", default: String(SECONDS) }, only: { type: "string" } },
  });
  const only = values.only?.split(";");
  const wanted = OVERLOADED.filter(({ name }) => !only || only.includes(name));
  console.log(
    renderOverload(await measureOverload(freshBinary(), Number(values.seconds), wanted)).join("\n"),
  );
}
