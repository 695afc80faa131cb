// Figures of gw beside other servers on this machine. Usage:
//   npm run bench -- [--write [--noisy]] [--python] [--only SECTION,…] [--rounds 3] [--seconds 2] [--quick]
// Everything runs on this machine, the load generator (wrk) included; contenders of a section run side by side, in rounds that
// are interleaved, so that a drift of the machine meets them all. `--write` renders docs/benchmarks.md; it refuses a machine
// that is not quiet, unless --noisy has the page say so. A single failed request ends the run. `--python` measures what serves apps in
// Python, and writes docs/python-benchmarks.md.
import { parseArgs } from "node:util";
import { freshBinary } from "../support/fresh-binary.ts";
import { PEERS, startContenders } from "./contenders.ts";
import { measure, type Pace, warmUp } from "./load.ts";
import { describeMachine, loadBefore, noiseOf, othersShare, type Quiet, versionsOf } from "./machine.ts";
import { measureMemory } from "./memory.ts";
import { measureOverload } from "./overload.ts";
import { OTHERS, SECTIONS, type Section, secondsOf } from "./plan.ts";
import { measureBeside, PYTHON_PEERS, PYTHON_SECTIONS } from "./python.ts";
import { measureReloads } from "./reload.ts";
import { type Results, renderReport, type SectionResult } from "./report.ts";

const MARK = "<!-- figures -->";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "2" },
    only: { type: "string" },
    quick: { type: "boolean", default: false },
    python: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    noisy: { type: "boolean", default: false },
  },
});

const ALL = values.python ? PYTHON_SECTIONS : SECTIONS;
const NAMES = [...ALL.map(({ name }) => name), ...(values.python ? ["beside"] : OTHERS)];
const PAGE = new URL(`../../docs/${values.python ? "python-" : ""}benchmarks.md`, import.meta.url).pathname;

await run().catch((error: Error) => stop(error.message));

async function run(): Promise<void> {
  const pace = values.quick
    ? { rounds: 1, seconds: 1 }
    : { rounds: count("rounds"), seconds: count("seconds") };
  const wanted = values.only?.split(",") ?? NAMES;
  const unknown = wanted.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) stop(`no section "${unknown.join(", ")}"; there are ${NAMES.join(", ")}`);
  if (values.write && (values.quick || values.only)) stop("--write wants a whole run: no --quick, no --only");
  if (Bun.which("wrk") === null)
    stop("wrk is not installed (Debian: apt-get install wrk nginx haproxy apache2 …)");
  if (wanted.includes("http2") && Bun.which("h2load") === null)
    stop("h2load is not installed (Debian: apt-get install nghttp2-client); --only leaves out http2");
  const quiet: Quiet = { loadBefore: loadBefore(), othersShares: [] };
  if (values.write && !values.noisy) refuse(noiseOf(quiet, []));
  const started = performance.now();
  const sections = ALL.filter(({ name }) => wanted.includes(name));
  say(`about ${Math.ceil(secondsOf(sections, pace) / 60)} minutes for the loads`);
  const results = await measureAll(sections, wanted, pace, quiet);
  const report = renderReport(results);
  console.log(report);
  say(`took ${Math.round((performance.now() - started) / 1000)} s`);
  if (!values.write) return;
  if (!values.noisy) refuse(results.noise);
  const kept = (await Bun.file(PAGE).text()).split(MARK)[0] ?? "";
  await Bun.write(PAGE, `${kept}${MARK}\n\n${report}\n`);
}

async function measureAll(
  sections: readonly Section[],
  wanted: readonly string[],
  pace: Pace,
  quiet: Quiet,
): Promise<Results> {
  const gw = freshBinary();
  const measured: SectionResult[] = [];
  for (const section of sections) measured.push(await measureSection(gw, section, pace, quiet));
  if (wanted.includes("memory")) say("memory");
  const memory = wanted.includes("memory") ? await measureMemory(gw) : undefined;
  if (wanted.includes("reload")) say("reload");
  const reloads = wanted.includes("reload") ? await measureReloads(gw) : undefined;
  if (wanted.includes("overload")) say("overload");
  const overload = wanted.includes("overload") ? await measureOverload(gw) : undefined;
  if (wanted.includes("beside")) say("beside");
  const beside = wanted.includes("beside") ? await measureBeside(gw, pace) : undefined;
  const figures = measured.flatMap(({ results }) => results.map((result) => result.figures));
  return {
    machine: describeMachine(new Date()),
    pace: `Medians of ${pace.rounds} interleaved rounds of ${pace.seconds} s.`,
    versions: versionsOf(values.python ? PYTHON_PEERS : PEERS),
    noise: noiseOf(quiet, figures),
    sections: measured,
    ...(memory && { memory }),
    ...(reloads && { reloads }),
    ...(overload && { overload }),
    ...(beside && { beside }),
  };
}

async function measureSection(
  gw: string,
  section: Section,
  pace: Pace,
  quiet: Quiet,
): Promise<SectionResult> {
  const [first] = section.loads;
  await using contenders = await startContenders(gw, section.contenders, first?.path);
  const { live, leftOut } = contenders;
  if (first) await warmUp(live, first);
  quiet.othersShares.push(await othersShare());
  const results: SectionResult["results"] = [];
  for (const load of section.loads) {
    say(`${section.title}: ${load.title}`);
    results.push({ load, figures: await measure(live, load, pace) });
  }
  return { section, leftOut, results };
}

function count(name: "rounds" | "seconds"): number {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number > 0) return number;
  return stop(`--${name} wants a whole number above 0, not "${values[name]}"`);
}

function refuse(noise: readonly string[]): void {
  if (noise.length > 0) stop(`nothing was written: ${noise.join("; ")} (--noisy writes it, and says so)`);
}

function stop(text: string): never {
  console.error(`bench: ${text}`);
  process.exit(1);
}

function say(text: string): void {
  console.error(`bench: ${text}`);
}
