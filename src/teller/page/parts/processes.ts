// The groups, front ends, generations and certificates: what stands around the workers. Pure.

import type { Picture } from "../../../control/picture.ts";
import type { GroupStatus } from "../../../control/status.ts";
import { drawBar } from "./graphs.ts";
import { html, type Markup } from "./markup.ts";
import { age, ago, amount, bytes, counted, percent } from "./words.ts";
import { known } from "./workers.ts";

/** Only where there are several: of one the tiles and the workers say all. */
export function renderGroups({ status: { groups }, loads }: Picture): Markup {
  if (groups.length < 2) return html``;
  const loadOf = new Map(loads.map((load) => [load.group, load]));
  const rows = groups.map((group) => {
    const { name, state, queueLength, processes, workers } = group;
    const load = loadOf.get(name);
    const ready = workers.filter((worker) => worker.state === "ready").length;
    return html`<tr><th scope="row">${name}</th><td>${describePlace(group)}</td><td>${state}</td><td class="busy">${load ? [drawBar(load.slots > 0 ? load.busy / load.slots : 0), " ", `${amount(load.busy)} / ${amount(load.slots)}`] : "–"}</td><td>${load ? amount(queueLength) : "–"}</td><td>${ready} of ${processes.wanted}${processes.min !== processes.max && ` (${processes.min} to ${processes.max})`}</td></tr>
`;
  });
  return html`<h2 id="groups">Groups <span class="count">${groups.length}</span></h2>
<div class="scroll" id="scroll-groups" role="region" aria-labelledby="groups" tabindex="0"><table>
<thead><tr><th scope="col">Group</th><th scope="col">Answers</th><th scope="col">State</th><th scope="col">Places taken</th><th scope="col">Waiting</th><th scope="col">Workers ready</th></tr></thead>
<tbody>${rows}</tbody></table></div>`;
}

function describePlace({ kind, mount, hosts, sticky }: GroupStatus): string {
  if (kind === "service") return "nobody: a service";
  if (kind === "auth") return "whether a client may ask";
  const where = [...hosts, mount === null ? "by routes" : mount].join(" ");
  return sticky ? `${where}, sticky by ${sticky.by}` : where;
}

export function renderOthers({ status, usages, atMs }: Picture): Markup {
  const usageOf = new Map(usages.map((usage) => [usage.pid, usage]));
  const own = [
    { name: "supervisor", pid: status.pid, state: "ready", clients: null },
    ...status.fronts.map(({ slot, pid, state, clients, maxClients }) => ({
      name: `front ${slot}`,
      pid,
      state,
      clients: maxClients === null ? amount(clients) : `${amount(clients)} of ${amount(maxClients)}`,
    })),
  ];
  const rows = own.map(({ name, pid, state, clients }) => {
    const usage = pid === null ? undefined : usageOf.get(pid);
    return html`<tr><th scope="row">${name}${pid !== null && html` <span class="sub">pid ${pid}</span>`}</th><td>${state}</td><td>${clients ?? "–"}</td><td>${known(usage?.cpu, percent)}</td><td>${known(usage?.rssBytes, bytes)}</td><td>${known(usage?.lagMs, age)}</td></tr>
`;
  });
  return html`<h2 id="others">Around them</h2>
<div class="scroll" id="scroll-others" role="region" aria-labelledby="others" tabindex="0"><table>
<thead><tr><th scope="col">Process</th><th scope="col">State</th><th scope="col">Clients</th><th scope="col">CPU</th><th scope="col">Memory</th><th scope="col">Loop lag</th></tr></thead>
<tbody>${rows}</tbody></table></div>
${renderGenerations(status.generations, atMs)}${renderCertificates(status.certificates, atMs)}`;
}

function renderGenerations(generations: Picture["status"]["generations"], nowMs: number): Markup {
  const rows = generations.map(
    ({ number, state, startedAt, workers, activeRequests, tunnels, apps }) =>
      html`<li><b>Generation ${number}</b> is ${state}: ${counted(workers, "worker")}, ${counted(activeRequests, "request")}${tunnels > 0 && `, ${counted(tunnels, "WebSocket")}`}; started ${ago(Date.parse(startedAt), nowMs)}${apps.map((app) => html`<br><code>${app}</code>`)}</li>
`,
  );
  return html`<ul class="facts">${rows}</ul>`;
}

function renderCertificates(certificates: Picture["status"]["certificates"], nowMs: number): Markup {
  if (certificates.length === 0) return html``;
  const rows = certificates.map(
    ({ file, names, expiresAt }) =>
      html`<li><b>Certificate</b> for ${names.length > 0 ? names.join(", ") : "every name"}: ends in ${age(Date.parse(expiresAt) - nowMs)}<br><code>${file}</code></li>
`,
  );
  return html`<ul class="facts">${rows}</ul>`;
}
