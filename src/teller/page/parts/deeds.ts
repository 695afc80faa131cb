// What can be done on the page: where it is chosen, where it is confirmed with the token, and what became of it. Each is a page of
// its own, which works without a script; a link changes nothing. Pure.

import type { Picture } from "../../../control/picture.ts";
import type { Deed, DeedOutcome, DeedRequest } from "../../../link/messages.ts";
import { renderEnd } from "./incidents.ts";
import { html, type Markup, type MarkupPart } from "./markup.ts";
import { age, ago, amount, bytes, counted, percent } from "./words.ts";
import { known, renderState, type ShownWorker, workersOf } from "./workers.ts";

type DeedWords = {
  /** On the button. */
  verb: string;
  /** `Restart worker 3?` */
  question: (whom: string) => string;
  /** What will happen. */
  effect: string;
};

const DEED_WORDS: Readonly<Record<Deed, DeedWords>> = {
  restart: {
    verb: "Restart",
    question: (whom) => `Restart ${whom}?`,
    effect: "A new process is started first; the old one finishes what it has, and leaves. No request fails.",
  },
  drain: {
    verb: "Drain",
    question: (whom) => `Drain ${whom}?`,
    effect:
      "It gets nothing new, finishes what it has within the graceful timeout, and leaves. Its place stays empty until it is restarted.",
  },
  stack: {
    verb: "Show the stack",
    question: (whom) => `Show where the code of ${whom} stands?`,
    effect: "A copy of its process prints its stack and ends; the worker itself goes on.",
  },
  pause: {
    verb: "Pause",
    question: (whom) => `Pause ${whom}?`,
    effect:
      "Requests wait in the queue; what runs is finished. After a minute, or when somebody resumes it, they go on.",
  },
  resume: {
    verb: "Resume",
    question: (whom) => `Resume ${whom}?`,
    effect: "Requests that wait go on.",
  },
  reload: {
    verb: "Reload",
    question: () => "Reload the app and the configuration?",
    effect:
      "New workers are started beside the old ones, and the traffic moves when all of them are ready. If anything fails, nothing has changed.",
  },
};

const linkTo = ({ deed, worker, group }: DeedRequest) => {
  const query = new URLSearchParams({ do: deed });
  if (worker !== undefined) query.set("worker", String(worker));
  if (group !== undefined) query.set("group", group);
  return `?${query}`;
};

/** Leads to the question, and does nothing yet. */
function deedLink(request: DeedRequest, text: string): Markup {
  return html`<a class="button" href="${linkTo(request)}">${text}</a> `;
}

export function renderActions({ status, hasFronts }: Picture): Markup {
  const apps = status.groups.filter(({ kind }) => kind === "app");
  return html`<h2 id="actions">Actions</h2>
<p class="note">Each asks once more, and for the word that <code>gw status-token</code> prints.</p>
<div class="choices">
<section><h3>The app</h3><p>${DEED_WORDS.reload.effect}</p>${deedLink({ deed: "reload" }, "Reload …")}</section>
<section><h3>The workers</h3><p>One after the other, each with its successor first. Single ones are on their own pages.</p>${deedLink({ deed: "restart" }, "Restart all …")}</section>
${hasFronts && html`<section><h3>The traffic</h3><p>${DEED_WORDS.pause.effect}</p>${apps.map(({ name, state }) => deedLink({ deed: state === "paused" ? "resume" : "pause", group: name }, `${state === "paused" ? "Resume" : "Pause"} ${name} …`))}</section>`}
</div>`;
}

/** All that is known of one place, and what can be done there. */
export function renderWorker(picture: Picture, number: number): Markup {
  const own = workersOf(picture).filter(({ slot }) => slot === number);
  const isDrained = picture.status.groups.some(({ drained }) => drained.includes(number));
  if (own.length === 0 && !isDrained)
    return html`<h2 id="worker">Worker ${number}</h2><p>There is no worker with this number now.</p>`;
  return html`<h2 id="worker">Worker ${number}</h2>
${isDrained && html`<p>It was drained, and its place stays empty until it is restarted.</p>`}
${own.map((worker) => renderFacts(worker, picture.atMs))}
${renderEndsOf(picture, number)}
<p class="deeds">${deedLink({ deed: "restart", worker: number }, "Restart …")}${!isDrained && [deedLink({ deed: "drain", worker: number }, "Drain …"), deedLink({ deed: "stack", worker: number }, "Stack …")]}</p>`;
}

function renderFacts(worker: ShownWorker, nowMs: number): Markup {
  const { pid, group, generation, activeRequests, concurrency, tunnels, requestCount } = worker;
  const { streams, receiving, heldUp, usage, rssBytes, startedAt, app, limits } = worker;
  const facts: [string, MarkupPart][] = [
    ["State", renderState(worker)],
    ["Process", known(pid, String)],
    ["Group", group],
    ["Generation", generation],
    [
      "Requests now",
      `${amount(activeRequests)}${concurrency > 0 ? ` of ${amount(concurrency)}` : ""}${streams > 0 ? `, ${streams} of them streams` : ""}${receiving > 0 ? `, ${receiving} whose bodies come` : ""}${heldUp > 0 ? `, ${heldUp} held up by their clients` : ""}`,
    ],
    ["WebSockets", amount(tunnels)],
    ["Served", counted(requestCount, "request")],
    ["CPU", known(usage?.cpu, percent)],
    ["Memory", known(rssBytes, bytes)],
    ["Loop lag", known(usage?.lagMs, age)],
    ["Started", startedAt === null ? "–" : ago(Date.parse(startedAt), nowMs)],
    ["App", known(app, (path) => html`<code>${path}</code>`)],
    ["Limits", Object.entries(limits).map(([name, value]) => html`<code>${name} ${value}</code> `)],
  ];
  return html`<dl class="facts-of">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Its processes before. */
function renderEndsOf({ records, atMs }: Picture, number: number): Markup {
  const ends = records.ends.filter(
    ({ role, slot }) => slot === number && (role === "worker" || role === "auth"),
  );
  if (ends.length === 0) return html``;
  return html`<h3>What became of its processes before</h3><ul class="facts">${ends.toReversed().map((end) => renderEnd(end, atMs))}</ul>`;
}

const whomOf = ({ worker, group }: DeedRequest) =>
  worker !== undefined ? `worker ${worker}` : group !== undefined ? `the group ${group}` : "all workers";

/** `wrong`: the token before was none. */
export function renderConfirmation(request: DeedRequest, wrong?: string): Markup {
  const { deed, worker, group } = request;
  const { verb, question, effect } = DEED_WORDS[deed];
  return html`<h2 id="confirm">${question(whomOf(request))}</h2>
<p>${effect}</p>
<form class="confirm" method="post" action="?" autocomplete="off">
<input type="hidden" name="do" value="${deed}">${worker !== undefined && html`<input type="hidden" name="worker" value="${worker}">`}${group !== undefined && html`<input type="hidden" name="group" value="${group}">`}
<label for="token">Token <span class="sub">what <code>gw status-token</code> prints</span></label>
<input id="token" name="token" type="password" required autocomplete="current-password" spellcheck="false"${wrong !== undefined && html` aria-invalid="true" aria-describedby="wrong" autofocus`}>
${wrong !== undefined && html`<p id="wrong" class="bad" role="alert">${wrong}</p>`}
<p class="deeds"><button type="submit">${verb}</button> <a class="button plain" href="?">Cancel</a></p>
</form>`;
}

export function renderOutcome({ is, text, lines }: DeedOutcome): Markup {
  return html`<h2 id="outcome">${is === "done" ? "Done" : "It was not done"}</h2>
<p class="${is === "done" ? "good" : "bad"}" role="status">${text}${!/[.:]$/.test(text) && lines.length === 0 && "."}</p>
${lines.length > 0 && html`<pre tabindex="0">${lines.join("\n")}</pre>`}
<p class="deeds"><a class="button" href="?">Back to the status</a></p>`;
}
