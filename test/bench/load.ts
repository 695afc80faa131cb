// wrk, or h2load, in interleaved rounds, with the processor time that each process of a contender spends on it.
import type { Live } from "./contenders.ts";
import { runH2load } from "./h2load.ts";
import { type ProcessorTime, processorTimeOf, ROLES, spentBetween } from "./processes.ts";

/**
 * What clients ask for: `upBytes` of a body are sent with each request. `authorization`: that field. `streams`: over HTTP/2, so
 * many of the clients share a connection.
 */
export type Load = {
  title: string;
  path: string;
  concurrency: number;
  upBytes?: number;
  authorization?: string;
  streams?: number;
  /** Each request has a connection of its own. */
  connectsAnew?: boolean;
};
export type Pace = { rounds: number; seconds: number };

export type Round = {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Answers other than 2xx and 3xx, connections that broke, requests that got no answer in time. */
  failures: number;
  /** Microseconds for each request. */
  cpuUs: ProcessorTime;
};
/** Medians over the rounds, `least` and `most` of the requests a second, and the sum of the failures. */
export type Figure = Round & { least: number; most: number };
/** By contender. */
export type Figures = Record<string, Figure>;

const WARM_UP = { seconds: 1, concurrency: 64 };
/** For wrk to begin and to end. */
const SPARE_MS = 30_000;

/** All contenders under one load. Throws when one of them fails a single request: then the figures say nothing. */
export async function measure(
  live: readonly Live[],
  load: Load,
  { rounds, seconds }: Pace,
): Promise<Figures> {
  const results = new Map<string, Round[]>(live.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    // Another one begins each round: whoever is first meets a cooler machine.
    const at = round % Math.max(1, live.length);
    for (const contender of [...live.slice(at), ...live.slice(0, at)]) {
      const result = await runOnce(contender, load, seconds);
      if (result.failures > 0)
        throw new Error(`${contender.name} failed ${result.failures} requests (${load.title})`);
      results.get(contender.name)?.push(result);
    }
  }
  return Object.fromEntries([...results].map(([name, all]) => [name, summarise(all)]));
}

/** Lets each of them compile what it runs often. */
export async function warmUp(live: readonly Live[], load: Load): Promise<void> {
  const concurrency = Math.min(load.concurrency, WARM_UP.concurrency);
  for (const contender of live) await runWrk(contender.origin, { ...load, concurrency }, WARM_UP.seconds);
}

async function runOnce({ origin, roots }: Live, load: Load, seconds: number): Promise<Round> {
  const before = processorTimeOf(roots);
  const { streams } = load;
  const running =
    streams === undefined ? runWrk(origin, load, seconds) : runH2load(origin, load, streams, seconds);
  const { requests, ...seen } = await running;
  const spent = spentBetween(before, processorTimeOf(roots));
  return { ...seen, cpuUs: byRole((role) => spent[role] / Math.max(1, requests)) };
}

export type Seen = Omit<Round, "cpuUs"> & { requests: number };

export async function runWrk(origin: string, load: Load, seconds: number): Promise<Seen> {
  const script = new URL("browser.lua", import.meta.url).pathname;
  const words = [
    "-t1",
    `-c${load.concurrency}`,
    `-d${seconds}s`,
    "--timeout",
    "20s",
    "--latency",
    "-s",
    script,
    ...(load.connectsAnew ? ["-H", "Connection: close"] : []),
    ...(load.authorization === undefined ? [] : ["-H", `Authorization: ${load.authorization}`]),
  ];
  const body = load.upBytes === undefined ? [] : [String(load.upBytes)];
  const child = Bun.spawn(["wrk", ...words, origin + load.path, ...body], {
    stdout: "pipe",
    stderr: "inherit",
    timeout: seconds * 1000 + SPARE_MS,
  });
  const out = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`wrk failed against ${origin}${load.path}: ${out}`);
  return readWrk(out);
}

/** Of what `wrk --latency` prints. */
export function readWrk(out: string): Seen {
  const [p50Ms, p99Ms] = [50, 99].map((percent) => percentileMs(out, percent));
  const perSecond = /^Requests\/sec:\s+([\d.]+)$/m.exec(out)?.[1];
  const requests = /^\s*(\d+) requests in/m.exec(out)?.[1];
  if (p50Ms === undefined || p99Ms === undefined || perSecond === undefined || requests === undefined)
    throw new Error(`wrk printed something else than was expected:\n${out}`);
  const broken = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(out) ?? [];
  const refused = /Non-2xx or 3xx responses: (\d+)/.exec(out) ?? [];
  const failures = [...broken.slice(1), ...refused.slice(1)].reduce((sum, count) => sum + Number(count), 0);
  return { requests: Number(requests), perSecond: Number(perSecond), p50Ms, p99Ms, failures };
}

function percentileMs(out: string, percent: number): number | undefined {
  const [, value = "", unit = ""] =
    new RegExp(`^\\s*${percent}%\\s+([\\d.]+)(us|ms|s|m) *$`, "m").exec(out) ?? [];
  const inMs = { us: 0.001, ms: 1, s: 1000, m: 60_000 }[unit];
  return inMs === undefined ? undefined : Number(value) * inMs;
}

export function summarise(rounds: readonly Round[]): Figure {
  const speeds = rounds.map(({ perSecond }) => perSecond);
  return {
    perSecond: median(speeds),
    least: Math.min(...speeds),
    most: Math.max(...speeds),
    p50Ms: median(rounds.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(rounds.map(({ p99Ms }) => p99Ms)),
    failures: rounds.reduce((sum, { failures }) => sum + failures, 0),
    cpuUs: byRole((role) => median(rounds.map(({ cpuUs }) => cpuUs[role]))),
  };
}

const byRole = (value: (role: (typeof ROLES)[number]) => number) =>
  Object.fromEntries(ROLES.map((role) => [role, value(role)])) as ProcessorTime;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
