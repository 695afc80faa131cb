// wrk in interleaved rounds; the figures are medians.
import type { Live } from "./contenders.ts";

export type Figure = { perSecond: number; least: number; most: number; p99Ms: number; failures: number };
export type Figures = Record<string, Figure>;

type Round = { perSecond: number; p99Ms: number; failures: number };

export async function measureThroughput(
  live: Live[],
  plan: { concurrency: number; rounds: number; seconds: number },
): Promise<Figures> {
  const rounds: Record<string, Round[]> = Object.fromEntries(live.map(({ name }) => [name, []]));
  for (let round = 0; round < plan.rounds; round++) {
    for (let i = 0; i < live.length; i++) {
      // Another one begins each round: whoever is first meets a cooler machine.
      const contender = live[(i + round) % live.length];
      if (contender)
        rounds[contender.name]?.push(await runWrk(contender.url, plan.concurrency, plan.seconds));
    }
  }
  return Object.fromEntries(Object.entries(rounds).map(([name, all]) => [name, summarise(all)]));
}

async function runWrk(url: string, concurrency: number, seconds: number): Promise<Round> {
  const script = new URL("browser.lua", import.meta.url).pathname;
  const out = await Bun.$`wrk -t1 -c${concurrency} -d${seconds}s --latency -s ${script} ${url}`.text();
  const latency = /99%\s+([\d.]+)(us|ms|s)/.exec(out);
  const scale = { us: 0.001, ms: 1, s: 1000 }[latency?.[2] ?? "ms"] ?? 1;
  const sockets = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(out);
  const failed = Number(/Non-2xx or 3xx responses: (\d+)/.exec(out)?.[1] ?? 0);
  return {
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(out)?.[1] ?? 0),
    p99Ms: Number(latency?.[1] ?? 0) * scale,
    failures: failed + (sockets?.slice(1).reduce((sum, n) => sum + Number(n), 0) ?? 0),
  };
}

function summarise(rounds: Round[]): Figure {
  const speeds = rounds.map((round) => round.perSecond);
  return {
    perSecond: median(speeds),
    least: Math.min(...speeds),
    most: Math.max(...speeds),
    p99Ms: median(rounds.map((round) => round.p99Ms)),
    failures: rounds.reduce((sum, round) => sum + round.failures, 0),
  };
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
