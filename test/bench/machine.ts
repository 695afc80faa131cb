// The machine that a run was made on, and whether it had nothing else to do.
import { arch, cpus, loadavg, release, totalmem } from "node:os";
import type { Figures } from "./load.ts";
import { busyShare } from "./processes.ts";

/** Of all processors: so much may others use between the loads. */
const OTHERS_MOST = 0.1;
/** Of the rounds of one contender under one load: the fastest may be so many times the slowest. */
const SPREAD_MOST = 1.25;
/** So many of all figures may be spread wider: a single round can always meet a bad second. */
const WIDE_MOST = 0.1;
const LOOK_MS = 1500;

export type Quiet = {
  /** Processes per processor that wanted to run in the minute before the run. */
  loadBefore: number;
  /** Share of all processors that others used, each time it was looked at. */
  othersShares: number[];
};

/** To be called before anything is started. */
export const loadBefore = (): number => (loadavg()[0] ?? 0) / cpus().length;

/** Share of the processors that is used while the contenders have nothing to do. */
export const othersShare = (): Promise<number> => busyShare(LOOK_MS);

/** Why these figures are not those of a quiet machine; empty when they are. */
export function noiseOf({ loadBefore, othersShares }: Quiet, figures: readonly Figures[]): string[] {
  const noise: string[] = [];
  if (loadBefore > 0.5) noise.push(`the load average was ${loadBefore.toFixed(1)} for each processor before`);
  const most = Math.max(0, ...othersShares);
  if (most > OTHERS_MOST)
    noise.push(`others used up to ${Math.round(most * 100)} % of the processors between the loads`);
  const spreads = figures.flatMap((byName) =>
    Object.values(byName).map(({ least, most }) => most / Math.max(1e-9, least)),
  );
  const wide = spreads.filter((spread) => spread > SPREAD_MOST).length;
  if (wide > spreads.length * WIDE_MOST)
    noise.push(`of ${spreads.length} figures ${wide} differ by more than a quarter from round to round`);
  return noise;
}

/** One line: when, on what, and with which versions. */
export function describeMachine(now: Date): string {
  const processor = cpus()[0]?.model.trim() ?? "unknown processor";
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const machine = `${cpus().length} × ${processor}, ${memory}, Linux ${release()} ${arch()}`;
  const versions = VERSIONS.flatMap(([command, pattern]) => versionOf(command, pattern));
  return `${now.toISOString().slice(0, 10)}: ${machine}; ${[`Bun ${Bun.version}`, ...versions].join(", ")}.`;
}

const VERSIONS: readonly (readonly [command: string[], pattern: RegExp])[] = [
  [["nginx", "-v"], /nginx\/[\d.]+/],
  [["haproxy", "-v"], /HAProxy version [\d.]+/],
  [["apache2", "-v"], /Apache\/[\d.]+/],
  [["uwsgi", "--version"], /^[\d.]+/],
  [["gunicorn", "--version"], /(?<=version )[\d.]+/],
  [["wrk", "-v"], /wrk \S+/],
  [["h2load", "--version"], /nghttp2\/[\d.]+/],
];

/** By the names of contenders, whose programs are given: what stands in their place where the version is known. */
export function versionsOf(programs: Readonly<Record<string, string>>): Record<string, string> {
  const known = Object.entries(programs).flatMap(([name, program]) => {
    const version = versionOfProgram(program);
    if (version === undefined) return [];
    return [[name, version.startsWith(name) ? version : `${name}, ${version}`] as const];
  });
  return Object.fromEntries(known);
}

/** A program's name and version, in its own words; undefined where it is not installed. */
export function versionOfProgram(program: string): string | undefined {
  return VERSIONS.filter(([[name]]) => name === program).flatMap(([command, pattern]) =>
    versionOf(command, pattern),
  )[0];
}

/** Empty where the program is not installed. */
function versionOf([program = "", ...words]: string[], pattern: RegExp): string[] {
  if (Bun.which(program) === null) return [];
  const { stdout, stderr } = Bun.spawnSync([program, ...words], { stdout: "pipe", stderr: "pipe" });
  const found = pattern.exec(stdout.toString() + stderr.toString())?.[0];
  return found === undefined ? [] : [found.replace("/", " ").replace(" version", "")];
}
