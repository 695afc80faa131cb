// h2load, for loads over HTTP/2: the same header fields as wrk sends, and the 99th percentile out of its log.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Load, Seen } from "./load.ts";

/** For h2load to begin and to end. */
const SPARE_MS = 30_000;

/** The fields of a browser, as browser.lua has them. */
const FIELDS = [
  ...readFileSync(new URL("browser.lua", import.meta.url), "utf8").matchAll(
    /^wrk\.headers\["(.+?)"\] = "(.*)"$/gm,
  ),
].map(([, name = "", value = ""]) => `${name.toLowerCase()}: ${value}`);

/** `load.streams` requests at once on each connection. */
export async function runH2load(origin: string, load: Load, streams: number, seconds: number): Promise<Seen> {
  const folder = mkdtempSync(join(tmpdir(), "gw-h2load-"));
  try {
    const log = join(folder, "log");
    const words = [
      "-D",
      String(seconds),
      "-t1",
      "-c",
      String(load.concurrency / streams),
      "-m",
      String(streams),
    ];
    const fields = FIELDS.flatMap((field) => ["-H", field]);
    const child = Bun.spawn(["h2load", ...words, "--log-file", log, ...fields, origin + load.path], {
      stdout: "pipe",
      stderr: "inherit",
      timeout: seconds * 1000 + SPARE_MS,
    });
    const out = await new Response(child.stdout).text();
    if ((await child.exited) !== 0) throw new Error(`h2load failed against ${origin}${load.path}: ${out}`);
    return readH2load(out, readFileSync(log, "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of what h2load prints, and of its log: instant, status and microseconds of each request. */
export function readH2load(out: string, log: string): Seen {
  const perSecond = /^finished in [\d.]+m?s, ([\d.]+) req\/s/m.exec(out)?.[1];
  const [, done, failed, errored, timedOut] =
    /(\d+) done, \d+ succeeded, (\d+) failed, (\d+) errored, (\d+) timeout/.exec(out) ?? [];
  const times = log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Number(line.split("\t")[2]))
    .toSorted((a, b) => a - b);
  const [p50, p99] = [0.5, 0.99].map(
    (share) => times[Math.min(times.length, Math.ceil(times.length * share)) - 1],
  );
  if (perSecond === undefined || done === undefined || p50 === undefined || p99 === undefined)
    throw new Error(`h2load printed something else than was expected:\n${out}`);
  const failures = Number(failed) + Number(errored) + Number(timedOut);
  return {
    requests: Number(done),
    perSecond: Number(perSecond),
    p50Ms: p50 / 1000,
    p99Ms: p99 / 1000,
    failures,
  };
}
