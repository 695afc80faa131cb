// Reads what a run has skipped from its JUnit report, and says it.
import { reasonIn } from "./needs.ts";

export type Skipped = {
  /** How many tests were skipped, by what was missing. */
  reasons: Map<string, number>;
  /** Files and titles of those that do not say why. */
  unexplained: string[];
};

/** From the text of Bun's JUnit report. */
export function countSkipped(report: string): Skipped {
  const skipped: Skipped = { reasons: new Map(), unexplained: [] };
  const suites: string[] = [];
  let open: Record<string, string> | undefined;
  for (const [, isEnd, tag = "", written = "", isWhole] of report.matchAll(TAG)) {
    if (tag === "testsuite") {
      if (isEnd) suites.pop();
      else if (!isWhole) suites.push(attributesOf(written).name ?? "");
    } else if (tag === "testcase") {
      open = isEnd || isWhole ? undefined : attributesOf(written);
    } else if (open !== undefined) {
      count(skipped, open.file ?? "", [...suites, open.name ?? ""]);
    }
  }
  return skipped;
}

export function renderSkipped({ reasons, unexplained }: Skipped): string {
  const sum = [...reasons.values()].reduce((sum, count) => sum + count, unexplained.length);
  return [
    `${sum} skipped`,
    ...[...reasons].sort(([, some], [, others]) => others - some).map(([why, count]) => `  ${count}: ${why}`),
    ...unexplained.map((title) => `  without a reason, which fails the run: ${title}`),
  ].join("\n");
}

const TAG = /<(\/)?(testsuite|testcase|skipped)\b((?:\s+[\w-]+="[^"]*")*)\s*(\/)?>/g;

function count({ reasons, unexplained }: Skipped, file: string, titles: string[]): void {
  const reason = reasonIn(titles);
  if (reason === undefined) unexplained.push(`${file}: ${titles.at(-1)}`);
  else reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
}

function attributesOf(written: string): Record<string, string> {
  const found = [...written.matchAll(/([\w-]+)="([^"]*)"/g)];
  return Object.fromEntries(found.map(([, name = "", value = ""]) => [name, decoded(value)]));
}

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function decoded(value: string): string {
  return value.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => ENTITIES[name] ?? "");
}
