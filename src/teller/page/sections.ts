// The parts of the page that change while somebody looks at it, by their ids. Pure.

import type { Picture } from "../../control/picture.ts";
import { renderWorker } from "./parts/deeds.ts";
import { renderIncidents } from "./parts/incidents.ts";
import { html, type Markup } from "./parts/markup.ts";
import { renderGroups, renderOthers } from "./parts/processes.ts";
import { renderRequests } from "./parts/requests.ts";
import { renderTiles } from "./parts/tiles.ts";
import { troublesOf } from "./parts/troubles.ts";
import type { View } from "./parts/view.ts";
import { age, clockTime } from "./parts/words.ts";
import { renderWorkers } from "./parts/workers.ts";

export type Section = { id: string; content: Markup };

export function renderSections(picture: Picture, view: View): Section[] {
  const { worker } = view;
  const section = (id: string, content: Markup): Section => ({ id: `s-${id}`, content });
  if (worker !== undefined)
    return [section("summary", renderSummary(picture)), section("worker", renderWorker(picture, worker))];
  return [
    section("summary", renderSummary(picture)),
    section("troubles", renderTroubles(picture)),
    section("tiles", renderTiles(picture)),
    section("groups", renderGroups(picture)),
    section("workers", renderWorkers(picture, view)),
    section("requests", renderRequests(picture, view)),
    section("incidents", renderIncidents(picture)),
    section("others", renderOthers(picture)),
  ];
}

function renderSummary({ status, atMs }: Picture): Markup {
  const { state, version, pid, generation, uptimeSeconds, urls, serverRoot } = status;
  const tone = state === "serving" ? "good" : state === "starting" || state === "stopping" ? "warn" : "bad";
  return html`<p class="summary"><span class="state state-${tone} large">${state}</span> <span class="urls">${urls.join(" ")}</span></p>
<p class="sub facts-line"><span>up ${age(uptimeSeconds * 1_000)}</span> <span>generation ${generation}</span> <span>gw ${version}</span> <span>pid ${pid}</span> <span>${serverRoot}</span> <span>as of <time datetime="${new Date(atMs).toISOString()}">${clockTime(atMs)}</time></span></p>`;
}

/** An empty list is good news, and takes no room. */
function renderTroubles(picture: Picture): Markup {
  const troubles = troublesOf(picture);
  if (troubles.length === 0) return html``;
  return html`<h2 class="unseen" id="troubles">What needs attention</h2>
<ul class="troubles">${troubles.map(
    ({ tone, text }) => html`<li class="trouble-${tone}">${text}</li>
`,
  )}</ul>`;
}
