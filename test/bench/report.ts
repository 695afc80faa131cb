// The figures as a page. Rendered, never edited by hand.
import { arch, cpus, release, totalmem } from "node:os";
import type { Footprint } from "./footprint.ts";
import type { Figures } from "./load.ts";
import { type ReloadFigures, renderReloads } from "./reload.ts";

type Results = {
  throughput: Record<string, Figures>;
  footprint: Footprint;
  reloads: ReloadFigures;
  leftOut: string[];
};

export function renderReport({ throughput, footprint, reloads, leftOut }: Results): string {
  const lines = [
    `Measured ${new Date().toISOString().slice(0, 10)}: ${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()} ${arch()}, Bun ${Bun.version}.`,
    "",
  ];
  for (const [concurrency, figures] of Object.entries(throughput))
    lines.push(...table(Number(concurrency), figures));
  lines.push(...renderReloads(reloads), "");
  if (leftOut.length > 0)
    lines.push(`Left out, because they are not installed or did not answer: ${leftOut.join(", ")}.`, "");
  lines.push(
    `First byte of a hello app after exec: ${Math.round(footprint.firstByteMs)} ms (median of 5).`,
    "",
    `Resident memory, idle, after the first request: ${Object.entries(footprint.rssKb)
      .map(([role, kb]) => `${role} ${mb(kb)}`)
      .join(", ")}.`,
    "",
    `${footprint.idleConnections} idle keep-alive connections add ${mb(footprint.idleConnectionsKb)} to the front.`,
  );
  return lines.join("\n");
}

const mb = (kb: number) => `${Math.round(kb / 1024)} MB`;

function table(concurrency: number, figures: Figures): string[] {
  const base = figures.nginx?.perSecond;
  const rows = Object.entries(figures).map(([name, f]) => {
    const ratio = base ? (f.perSecond / base).toFixed(2) : "–";
    return `| ${name} | ${Math.round(f.perSecond)} | ${Math.round(f.least)} – ${Math.round(f.most)} | ${f.p99Ms.toFixed(2)} | ${ratio} | ${f.failures} |`;
  });
  return [
    `### Concurrency ${concurrency}`,
    "",
    "| | requests a second | least – most | p99 ms | to nginx | failures |",
    "| --- | --: | --: | --: | --: | --: |",
    ...rows,
    "",
  ];
}
