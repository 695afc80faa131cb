// The configuration in force: what was set first, and the rest below. Pure.

import type { OptionInForce } from "../../../control/picture.ts";
import { html, type Markup } from "./markup.ts";

export function renderConfiguration(options: readonly OptionInForce[]): Markup {
  const groups = Map.groupBy(options, ({ group }) => group);
  return html`<h2 id="configuration">Configuration in force</h2>
<p class="note">What each option is, and who has set it: a flag, a variable, a place in a file, or nobody. Values of variables for the app are hidden.</p>
${[...groups].map(([group, own]) => renderGroup(group, own))}`;
}

function renderGroup(group: string | null, options: readonly OptionInForce[]): Markup {
  const set = options.filter(({ isDefault }) => !isDefault);
  const rest = options.filter(({ isDefault }) => isDefault);
  const name = group === null ? "" : ` of group ${group}`;
  return html`${group !== null && html`<h3>Group ${group}</h3>`}
${set.length > 0 ? renderTable(`Options${name} that were set`, set) : html`<p>Nothing was set${name}: every option is as it is by default.</p>`}
<details><summary>${rest.length} options${name} are as they are by default</summary>${renderTable(`Options${name} by default`, rest)}</details>`;
}

function renderTable(label: string, options: readonly OptionInForce[]): Markup {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table class="options">
<thead><tr><th scope="col">Option</th><th scope="col">Value</th><th scope="col">From</th></tr></thead>
<tbody>${options.map(
    ({ key, value, origin }) =>
      html`<tr><th scope="row"><code>${key}</code></th><td><code>${value}</code></td><td>${origin}</td></tr>
`,
  )}</tbody></table></div>`;
}
