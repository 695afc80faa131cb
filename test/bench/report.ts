// The figures as a page. Rendered, never edited by hand.
import { type Beside, renderBeside } from "./beside.ts";
import type { Figure, Figures, Load } from "./load.ts";
import type { MemoryFigures } from "./memory.ts";
import { type OverloadFigures, renderOverload } from "./overload.ts";
import type { Section } from "./plan.ts";
import { ROLES } from "./processes.ts";
import { MOD_WSGI } from "./python.ts";
import { type ReloadFigures, renderReloads } from "./reload.ts";

export type SectionResult = {
  section: Section;
  leftOut: string[];
  results: { load: Load; figures: Figures }[];
};

export type Results = {
  /** One line about the machine and what runs on it. */
  machine: string;
  pace: string;
  /** By contender of somebody else: its program and version, which stand beside each of its figures. */
  versions: Readonly<Record<string, string>>;
  /** Why the machine was not quiet. */
  noise: string[];
  sections: SectionResult[];
  memory?: MemoryFigures;
  reloads?: ReloadFigures;
  overload?: OverloadFigures;
  beside?: Beside;
};

export function renderReport(results: Results): string {
  const { machine, pace, noise, sections, versions, memory, reloads, overload, beside } = results;
  return [
    `Measured ${machine} ${pace}`,
    ...(noise.length > 0 ? ["", `**The machine was not quiet**: ${noise.join("; ")}.`] : []),
    ...sections.flatMap((section) => renderSection(section, versions)),
    ...(memory ? renderMemory(memory) : []),
    ...(reloads ? ["", ...renderReloads(reloads)] : []),
    ...(overload ? ["", ...renderOverload(overload)] : []),
    ...(beside ? ["", ...renderBeside(beside, MOD_WSGI, versions)] : []),
  ].join("\n");
}

function renderSection(
  { section, leftOut, results }: SectionResult,
  versions: Results["versions"],
): string[] {
  return [
    "",
    `### ${section.title}`,
    "",
    section.about,
    ...(leftOut.length > 0 ? ["", `Left out, because not installed: ${leftOut.join(", ")}.`] : []),
    ...results.flatMap(({ load, figures }) => [
      "",
      `**${load.title}**`,
      "",
      ...renderFigures(figures, versions, section.base),
    ]),
  ];
}

const headOf = (base: string) => [
  `| | requests a second | least – most | to ${base} | p99 ms | µs front end | app | supervisor | together | to ${base} |`,
  `| --- |${" --: |".repeat(9)}`,
];

function renderFigures(figures: Figures, versions: Results["versions"], baseName = "nginx"): string[] {
  const base = figures[baseName];
  return [
    ...headOf(baseName),
    ...Object.entries(figures).map(([name, figure]) => renderRow(versions[name] ?? name, figure, base)),
  ];
}

function renderRow(name: string, figure: Figure, base: Figure | undefined): string {
  const ratio = (value: (of: Figure) => number) => (base ? (value(figure) / value(base)).toFixed(2) : "–");
  const cells = [
    name,
    grouped(figure.perSecond),
    `${grouped(figure.least)} – ${grouped(figure.most)}`,
    ratio(({ perSecond }) => perSecond),
    figure.p99Ms.toFixed(2),
    ...ROLES.map((role) => spentShown(figure.cpuUs[role])),
    spentShown(together(figure)),
    ratio(together),
  ];
  return `| ${cells.join(" | ")} |`;
}

const together = ({ cpuUs }: Figure) => ROLES.reduce((sum, role) => sum + cpuUs[role], 0);
const spentShown = (us: number) => (us === 0 ? "–" : us.toFixed(us < 100 ? 1 : 0));
const grouped = (count: number) => (count < 100 ? count.toFixed(1) : Math.round(count).toLocaleString("en"));

function renderMemory({ firstByteMs, rssKb, idle, idleOverTls, stalled }: MemoryFigures): string[] {
  const roles = Object.entries(rssKb).map(([role, kb]) => `${role} ${mb(kb)}`);
  return [
    "",
    "### Start and memory",
    "",
    `First byte of a hello app after exec: ${Math.round(firstByteMs)} ms (median of 5).`,
    "",
    `Resident memory after the first request: ${roles.join(", ")}.`,
    "",
    "| | front end | worker |",
    "| --- | --: | --: |",
    `| ${grouped(idle.count)} idle clients, each after one answer | + ${mb(idle.frontKb)} | + ${mb(idle.workerKb)} |`,
    `| ${grouped(idleOverTls.count)} of them over TLS | + ${mb(idleOverTls.frontKb)} | + ${mb(idleOverTls.workerKb)} |`,
    `| ${grouped(stalled.count)} clients that ask for a stream of 10 MB and read nothing | + ${mb(stalled.frontKb)} | + ${mb(stalled.workerKb)} |`,
  ];
}

const mb = (kb: number) => `${(kb / 1024).toFixed(kb < 10_240 ? 1 : 0)} MB`;
