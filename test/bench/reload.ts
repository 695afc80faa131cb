// Requests through real reloads, by gw's own check-reload on the built binary: `bun test/bench/reload.ts [--times 20]
// [--requests 200000] [--concurrency 64]` prints the table that docs/benchmarks.md has.
import { parseArgs } from "node:util";
import { freshBinary } from "../support/fresh-binary.ts";
import { gw as gwWith, startContenders } from "./contenders.ts";

/** Of what `gw check-reload --json` prints, what is shown here. */
export type ReloadFigure = {
  requests: number;
  failures: number;
  failuresByKind: Record<string, number>;
  done: number;
  wantedReloads: number;
  medianMs: number | null;
  longestMs: number | null;
  phases: Record<"steady" | "during", { p99Ms: number | null }>;
  p99Ratio: number | null;
};

/** By what is replaced. */
export type ReloadFigures = Record<string, ReloadFigure>;

const KINDS = { workers: [], "workers and front ends": ["--front"] };

export async function measureReloads(gw: string, words: string[] = []): Promise<ReloadFigures> {
  await using contenders = await startContenders(gw, [gwWith("gw", "hello.ts")]);
  const [live] = contenders.live;
  if (!live) throw new Error("gw did not answer");
  const figures: ReloadFigures = {};
  for (const [kind, own] of Object.entries(KINDS)) {
    const command = [gw, "check-reload", "--json", "--server-root", live.serverRoot, ...own, ...words];
    const child = Bun.spawn(command, { stdout: "pipe", stderr: "inherit" });
    const text = await new Response(child.stdout).text();
    // 1 says that something failed, which is a figure as well.
    if ((await child.exited) > 1) throw new Error(`${command.join(" ")} failed`);
    figures[kind] = JSON.parse(text);
  }
  return figures;
}

export function renderReloads(figures: ReloadFigures): string[] {
  const shown = (value: number | null | undefined, digits: number) => value?.toFixed(digits) ?? "–";
  const rows = Object.entries(figures).map(([kind, f]) => {
    const { steady, during } = f.phases;
    const cells = [
      kind,
      String(f.requests),
      String(f.failures),
      `${f.done} of ${f.wantedReloads}`,
      `${shown(f.medianMs, 0)} – ${shown(f.longestMs, 0)}`,
      shown(steady.p99Ms, 2),
      shown(during.p99Ms, 2),
      shown(f.p99Ratio, 2),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "### Reload",
    "",
    "| replaced | requests | failures | reloads | median – longest ms | p99 ms steady | during | ratio |",
    "| --- | --: | --: | --: | --: | --: | --: | --: |",
    ...rows,
  ];
}

if (import.meta.main) {
  const option = { type: "string" } as const;
  const { values } = parseArgs({ options: { times: option, requests: option, concurrency: option } });
  const words = Object.entries(values).flatMap(([name, value]) => [`--${name}`, value]);
  const gw = freshBinary();
  console.log(renderReloads(await measureReloads(gw, words)).join("\n"));
}
