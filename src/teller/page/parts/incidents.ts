// What went wrong: errors by cause, ends of processes with their reason, reloads, and spells of slowness. Pure.

import type { Picture } from "../../../control/picture.ts";
import type {
  EndRecord,
  Records,
  RefusalRecord,
  RefusedRequest,
  ReloadRecord,
  SpellRecord,
} from "../../../control/records.ts";
import { ERRORS, isCause } from "../../../core/errors.ts";
import { REASONS } from "../../../core/reasons.ts";
import { html, type Markup, type MarkupPart } from "./markup.ts";
import { age, ago, amount, counted, percent } from "./words.ts";

const ROWS = 8;

export function renderIncidents({ records, status, atMs }: Picture): Markup {
  return html`<h2 id="incidents" class="unseen">What went wrong</h2>
<div class="columns">
<section aria-labelledby="errors">${renderErrors(records, atMs)}</section>
<section aria-labelledby="ends">${renderEnds(records.ends, status.restarts, atMs)}</section>
</div>
${renderSpells(records.spells, atMs)}${renderReloads(records.reloads, atMs)}`;
}

function renderErrors({ refusals, refused }: Records, nowMs: number): Markup {
  const causes = [...Map.groupBy(refusals, ({ cause }) => cause)]
    .map(([cause, stretches]) => ({
      cause,
      ...sumOf(stretches),
      example: refused.findLast((one) => one.cause === cause),
    }))
    .toSorted((a, b) => b.lastMs - a.lastMs);
  return html`<h2 id="errors">Errors of gw <span class="count">${causes.length > 0 && amount(causes.reduce((sum, { count }) => sum + count, 0))}</span></h2>
${causes.length === 0 && html`<p class="note">gw itself has refused no request, and cut no answer.</p>`}
<ul class="facts">${causes.slice(0, ROWS).map((one) => renderCause(one, nowMs))}</ul>`;
}

type CauseSum = {
  cause: string;
  count: number;
  firstMs: number;
  lastMs: number;
  example: RefusedRequest | undefined;
};

function sumOf(stretches: readonly RefusalRecord[]) {
  return {
    count: stretches.reduce((sum, { count }) => sum + count, 0),
    firstMs: Math.min(...stretches.map(({ firstAt }) => Date.parse(firstAt))),
    lastMs: Math.max(...stretches.map(({ lastAt }) => Date.parse(lastAt))),
  };
}

function renderCause({ cause, count, firstMs, lastMs, example }: CauseSum, nowMs: number): Markup {
  const row = isCause(cause) ? ERRORS[cause] : undefined;
  return html`<li><b>${amount(count)} × <code>${cause}</code></b> <span class="sub">last ${ago(lastMs, nowMs)}${count > 1 && html`, first ${ago(firstMs, nowMs)}`}</span>
${row && html`<br>${plain(row.message)}. <span class="sub">${plain(row.hint)}.</span>`}
${example && html`<br><code>${example.method} ${example.path}</code> <span class="sub">${example.client}${example.worker > 0 && `, worker ${example.worker}`}, ${example.id}${example.why !== null && `: ${example.why}`}</span>`}</li>
`;
}

/** Facts of single errors are not at hand. */
const plain = (text: string) => text.replace(/\{\w+\}/g, "…");

type Restarts = Picture["status"]["restarts"];

function renderEnds(ends: readonly EndRecord[], restarts: Restarts, nowMs: number): Markup {
  const counts = Object.entries(restarts).toSorted(([, a], [, b]) => b - a);
  return html`<h2 id="ends">Ends and restarts <span class="count">${counts.length > 0 && amount(counts.reduce((sum, [, count]) => sum + count, 0))}</span></h2>
${counts.length === 0 && html`<p class="note">No process has ended since the start.</p>`}
${counts.length > 0 && html`<p class="chips">${counts.map(([reason, count]) => html`<span class="chip">${amount(count)} × <code>${reason}</code></span> `)}</p>`}
<ul class="facts">${ends
    .toReversed()
    .slice(0, ROWS)
    .map((end) => renderEnd(end, nowMs))}</ul>`;
}

export function renderEnd(end: EndRecord, nowMs: number): Markup {
  const { at, process, reason, how, why, servedMs, request, lost, stack, crash, lastWords, evidence } = end;
  const { meaning, level } = REASONS[reason];
  const tone = level === "error" ? "bad" : level === "warn" ? "warned" : "";
  const details: MarkupPart[] = [
    why !== null && html`<br>${why}.`,
    request &&
      html`<br>On it: <code>${request.method} ${request.path}</code>, for ${age(request.ageMs)} <span class="sub">${request.id}</span>`,
    lost > 0 && html`<br><span class="bad">${counted(lost, "request")} got no answer.</span>`,
    crash !== null && html`<br><code>${crash}</code>`,
    lastWords !== null && html`<br><code>${lastWords}</code>`,
    stack &&
      stack.length > 0 &&
      html`<details data-keep="stack-${at}"><summary>Where its code was</summary><pre tabindex="0">${stack.join("\n")}</pre></details>`,
    evidence !== undefined &&
      html`<br><span class="sub">gw evidence ${evidence.slice(evidence.lastIndexOf("/") + 1)}</span>`,
  ];
  return html`<li><b>${process}</b>: <code class="${tone}">${reason}</code> <span class="sub">${ago(Date.parse(at), nowMs)}, ${how}${servedMs !== null && `, had served ${age(servedMs)}`}</span><br>${meaning}.${details}</li>
`;
}

const SPELLS: Readonly<Record<SpellRecord["kind"], (subject: string, worst: number) => string>> = {
  queue: (subject, worst) => `Requests of ${subject} waited, up to ${age(worst)}`,
  capacity: (subject, worst) => `The capacity of ${subject} was used up, ${percent(worst)} at most`,
  loop: (subject, worst) => `The event loop of ${subject} did not turn, up to ${age(worst)}`,
};

function renderSpells(spells: readonly SpellRecord[], nowMs: number): Markup {
  if (spells.length === 0) return html``;
  const rows = spells
    .toReversed()
    .slice(0, ROWS)
    .map(({ kind, subject, from, until, worst }) => {
      const lastedMs = (until === null ? nowMs : Date.parse(until)) - Date.parse(from);
      return html`<li><b>${SPELLS[kind](subject, worst)}</b> <span class="sub">for ${age(lastedMs)}, ${until === null ? "and it goes on" : ago(Date.parse(until), nowMs)}</span></li>
`;
    });
  return html`<h2 id="spells" class="apart">Slow spells</h2><ul class="facts">${rows}</ul>`;
}

function renderReloads(reloads: readonly ReloadRecord[], nowMs: number): Markup {
  if (reloads.length === 0) return html``;
  const rows = reloads
    .toReversed()
    .slice(0, ROWS)
    .map(({ at, by, outcome, generation, tookMs, reason, detail }) => {
      const what = outcome === "serves" ? `generation ${generation} serves` : "refused";
      return html`<li><b>${by}</b>: <span class="${outcome === "serves" ? "good" : "bad"}">${what}</span> <span class="sub">${ago(Date.parse(at), nowMs)}, after ${age(tookMs)}</span>${reason !== null && html`<br>${reason}`}${detail !== null && html`<pre tabindex="0">${detail}</pre>`}</li>
`;
    });
  return html`<h2 id="reloads" class="apart">Reloads</h2><ul class="facts">${rows}</ul>`;
}
