// The page around its sections: one document without anything from elsewhere, whose only style and script bear the nonce of this
// answer. Pure.

import { liveScript } from "./live.ts";
import style from "./page.css" with { type: "text" };
import type { Markup } from "./parts/markup.ts";
import { html, Markup as Made } from "./parts/markup.ts";
import { queryOf, type View } from "./parts/view.ts";
import type { Section } from "./sections.ts";

export type PageShown = {
  title: string;
  view: View;
  nonce: string;
  /** Kept as they are now; none where the page asks for something. */
  sections: readonly Section[];
  /** Below them. */
  rest?: Markup;
};

export function renderDocument({ title, view, nonce, sections, rest }: PageShown): string {
  const isLive = sections.length > 0;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%230b6e6e'/%3E%3Cpath d='M3 11V8h2v3zm4 0V5h2v6zm4 0V3h2v8z' fill='%23fff'/%3E%3C/svg%3E">
<title>${title}</title>
<style nonce="${nonce}">${new Made(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<h1><a href="?">gw</a> <span class="sub">status</span></h1>
<nav aria-label="Pages">${[
    link(view, "overview", "?", "Overview"),
    link(view, "actions", "?view=actions", "Actions"),
    link(view, "configuration", "?view=configuration", "Configuration"),
  ]}</nav>
${isLive && html`<p class="live"><span id="live" role="status" data-is="still">As it was when loaded</span> <button type="button" id="hold" aria-pressed="false" hidden>Hold</button></p>`}
</header>
<main id="main">
${view.shows === "overview" && renderFilter(view)}
${sections.map(
  ({ id, content }) => html`<section id="${id}" class="${id}">${content}</section>
`,
)}
${rest && html`<section class="s-rest">${rest}</section>`}
</main>
<footer class="sub">Figures are of the last ten minutes. <a href="?view=json">As JSON</a>. The log, <code>gw status</code> and <code>gw why</code> tell more.</footer>
${isLive && html`<script nonce="${nonce}">${new Made(liveScript())}</script>`}
</body>
</html>
`.text;
}

function link(view: View, shows: View["shows"], href: string, text: string): Markup {
  return html`<a href="${href}"${view.shows === shows && html` aria-current="page"`}>${text}</a> `;
}

function renderFilter(view: View): Markup {
  const { filter, sort } = view;
  return html`<form class="filter" role="search" method="get" action="?"><label for="q">Filter</label> <input id="q" name="q" type="search" value="${filter}" placeholder="worker, path, client …" spellcheck="false">${sort !== "worker" && html`<input type="hidden" name="sort" value="${sort}">`} <button type="submit">Apply</button>${filter !== "" && html` <a class="button plain" href="${queryOf(view, { filter: "" })}">Clear</a>`}</form>`;
}
