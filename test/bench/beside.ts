// A light request beside three that compute for as long as anybody asks, on one interpreter: how long it takes.
import type { Live } from "./contenders.ts";
import { median, type Pace, runWrk } from "./load.ts";

/** By contender, in milliseconds: medians over the rounds. */
export type Beside = Record<string, { p50Ms: number; p99Ms: number }>;

const LIGHT = { title: "light", path: "/", concurrency: 1 };
const HEAVY = { title: "heavy", path: "/compute", concurrency: 3 };
/** The heavy ones begin before the light ones, and end after them. */
const AROUND_SECONDS = 1;

export async function besideFigures(live: readonly Live[], { rounds, seconds }: Pace): Promise<Beside> {
  const seen = new Map(live.map(({ name }) => [name, { p50: [] as number[], p99: [] as number[] }]));
  for (let round = 0; round < rounds; round++)
    for (const { name, origin } of live) {
      const heavy = runWrk(origin, HEAVY, seconds + 2 * AROUND_SECONDS);
      await Bun.sleep(AROUND_SECONDS * 500);
      const light = await runWrk(origin, LIGHT, seconds);
      const { failures } = await heavy;
      if (failures + light.failures > 0)
        throw new Error(`${name} failed ${light.failures} light requests, and ${failures} beside them`);
      seen.get(name)?.p50.push(light.p50Ms);
      seen.get(name)?.p99.push(light.p99Ms);
    }
  return Object.fromEntries(
    [...seen].map(([name, { p50, p99 }]) => [name, { p50Ms: median(p50), p99Ms: median(p99) }]),
  );
}

export function renderBeside(
  figures: Beside,
  base: string,
  versions: Readonly<Record<string, string>>,
): string[] {
  const of = figures[base]?.p50Ms;
  return [
    "### A light request beside three that compute",
    "",
    "One client asks for eight bytes, three others for what takes 20 ms of the interpreter, in one process.",
    "",
    `| | p50 ms | to ${base} | p99 ms |`,
    "| --- | --: | --: | --: |",
    ...Object.entries(figures).map(
      ([name, { p50Ms, p99Ms }]) =>
        `| ${versions[name] ?? name} | ${p50Ms.toFixed(2)} | ${of ? (p50Ms / of).toFixed(2) : "–"} | ${p99Ms.toFixed(2)} |`,
    ),
  ];
}
