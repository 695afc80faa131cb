// Single requests: those under way, and those that were slow. Pure.

import type { Picture } from "../../../control/picture.ts";
import type { ActiveRequest, SlowRequest } from "../../../control/records.ts";
import { REQUEST_PHASES } from "../../../link/requests/requests.ts";
import { html, type Markup } from "./markup.ts";
import { queryOf, type View } from "./view.ts";
import { age, ago, amount, counted } from "./words.ts";

/** The oldest are looked for most often. */
const ROWS = 25;
const SLOW_ROWS = 10;

export function renderRequests(picture: Picture, view: View): Markup {
  const { active, hasFronts, records } = picture;
  if (!hasFronts) return html``;
  const found = active.requests.filter((request) => matches(request, view.filter));
  const rows = view.isLong ? found : found.slice(0, ROWS);
  return html`<h2 id="requests">Requests under way <span class="count">${amount(active.total)}</span></h2>
${renderTable(rows, active.total > 0)}
${renderMore(found.length, rows.length, active.total - active.requests.length, view)}
${renderSlow(records.slow.filter((request) => matches(request, view.filter)).toReversed(), picture.atMs)}`;
}

function matches(request: ActiveRequest, filter: string): boolean {
  if (filter === "") return true;
  const { id, method, path, phase, client, group, worker } = request;
  const texts = [id, `${method} ${path}`, phase, client, group, `worker ${worker}`];
  return texts.some((text) => text.toLowerCase().includes(filter));
}

function renderTable(rows: readonly ActiveRequest[], isAny: boolean): Markup {
  if (rows.length === 0) return html`<p class="note">${isAny ? "None matches." : "None just now."}</p>`;
  return html`<div class="scroll tall" id="scroll-requests" role="region" aria-labelledby="requests" tabindex="0"><table>
<thead><tr><th scope="col" aria-sort="descending">Age</th><th scope="col">Request</th><th scope="col">Where</th><th scope="col">Worker</th><th scope="col">Client</th><th scope="col" class="lesser">Group</th><th scope="col" class="lesser">Id</th></tr></thead>
<tbody>${rows.map(renderRow)}</tbody></table></div>`;
}

function renderRow({ id, method, path, ageMs, phase, client, group, worker }: ActiveRequest): Markup {
  return html`<tr><td>${age(ageMs)}</td><th scope="row" class="path" title="${method} ${path}"><code>${method} ${path}</code></th><td title="${REQUEST_PHASES[phase]}">${phase}</td><td>${worker > 0 ? html`<a href="?worker=${worker}">${worker}</a>` : "–"}</td><td><code>${client}</code></td><td class="lesser">${group || "–"}</td><td class="lesser"><code>${id}</code></td></tr>
`;
}

/** `untold`: more than front ends name. */
function renderMore(found: number, shown: number, untold: number, view: View): Markup {
  const rest =
    found > shown
      ? html`<a href="${queryOf(view, { isLong: true })}#requests">Show all ${amount(found)}</a>`
      : view.isLong && shown > ROWS
        ? html`<a href="${queryOf(view, { isLong: false })}#requests">Show the oldest ${ROWS}</a>`
        : undefined;
  if (!rest && untold <= 0) return html``;
  return html`<p class="note">${rest}${untold > 0 && html` ${counted(untold, "younger one is", "younger ones are")} not listed.`}</p>`;
}

function renderSlow(slow: readonly SlowRequest[], nowMs: number): Markup {
  if (slow.length === 0) return html``;
  return html`<h3 class="apart">Slow ones, the latest first</h3>
<ul class="facts">${slow.slice(0, SLOW_ROWS).map((request) => renderSlowOne(request, nowMs))}</ul>`;
}

function renderSlowOne(request: SlowRequest, nowMs: number): Markup {
  const { method, path, at, endedAt, ageMs, times, worker, others, status, cause, id, client } = request;
  const parts = (["receive", "queue", "app", "body"] as const).flatMap((part) => {
    const took = times[part];
    return took === null || took < 1 ? [] : `${part} ${age(took)}`;
  });
  const where =
    worker > 0
      ? html` on <a href="?worker=${worker}">worker ${worker}</a>${others > 0 && ` beside ${counted(others, "other")}`}`
      : "";
  return html`<li><b><code>${method} ${path}</code></b> ${endedAt === null ? html`has been under way for ${age(nowMs - Date.parse(at))}` : html`took ${age(ageMs)}`}${where}: ${parts.join(", ")}${status > 0 && `; answered ${status}`}${cause !== null && html` (<code>${cause}</code>)`} <span class="sub">${ago(Date.parse(endedAt ?? at), nowMs)}, ${client}, ${id}</span></li>
`;
}
