// Keeps the page as things are: takes the sections that have changed from the server's stream of events, and puts them in the
// place of the old ones. Browsers are sent the source of these functions as it stands, so that they use nothing but each other.
// Without them the page is the same, as it was when it was loaded.

/** The script of the page. */
export const liveScript = () =>
  `${[isMarked, replaceSection, showState, keepLive].join("\n")}\nkeepLive(window);`;

type BrowserWindow = Window & typeof globalThis;

/** Somebody marks text in it, to copy it. */
function isMarked(section: Element, window: BrowserWindow): boolean {
  const selection = window.document.getSelection();
  return selection !== null && !selection.isCollapsed && selection.containsNode(section, true);
}

/** What has the focus, is open or was scrolled stays so. `insert` takes the markup in. */
export function replaceSection(section: Element, insert: () => void): void {
  const document = section.ownerDocument;
  const active = document.activeElement;
  const link = active && section.contains(active) ? active.getAttribute("href") : null;
  const id = active && section.contains(active) ? active.id : "";
  const scrolled = [...section.querySelectorAll(".scroll[id]")].map((one) => ({
    id: one.id,
    top: one.scrollTop,
    left: one.scrollLeft,
  }));
  const open = [...section.querySelectorAll("details[data-keep][open]")].map((one) =>
    one.getAttribute("data-keep"),
  );
  insert();
  for (const one of section.querySelectorAll("details[data-keep]"))
    if (open.includes(one.getAttribute("data-keep"))) one.setAttribute("open", "");
  for (const { id: name, top, left } of scrolled) {
    const one = document.getElementById(name);
    if (one) Object.assign(one, { scrollTop: top, scrollLeft: left });
  }
  const links = [...section.querySelectorAll<HTMLElement>("a[href]")];
  const again = id
    ? document.getElementById(id)
    : link !== null && links.find((one) => one.getAttribute("href") === link);
  if (again) again.focus({ preventScroll: true });
}

function showState(sign: HTMLElement, state: "live" | "held" | "lost"): void {
  if (sign.dataset.is === state) return;
  sign.dataset.is = state;
  sign.textContent = { live: "Live", held: "Held", lost: "Connection lost; trying again" }[state];
}

export function keepLive(window: BrowserWindow): void {
  const { document, EventSource, location } = window;
  const sign = document.getElementById("live");
  const button = document.getElementById("hold");
  if (!sign || !button || !EventSource) return;
  const factory = (window as { trustedTypes?: { createPolicy(name: string, rules: object): unknown } })
    .trustedTypes;
  const same = { createHTML: (markup: string) => markup };
  const policy = (factory?.createPolicy("gw", same) ?? same) as typeof same;
  let isHeld = false;
  let silentSeconds = 0;
  const query = location.search.slice(1);
  const source = new EventSource(`${location.pathname}?events${query ? `&${query}` : ""}`);
  source.addEventListener("sections", ({ data }: MessageEvent<string>) => {
    silentSeconds = 0;
    showState(sign, isHeld ? "held" : "live");
    if (isHeld) return;
    for (const [id, markup] of Object.entries<string>(JSON.parse(data))) {
      const section = document.getElementById(id);
      if (!section || isMarked(section, window)) continue;
      replaceSection(section, () => {
        section.innerHTML = policy.createHTML(markup);
      });
    }
  });
  source.addEventListener("error", () => showState(sign, "lost"));
  window.setInterval(() => {
    if (++silentSeconds > 8) showState(sign, "lost");
  }, 1_000);
  button.hidden = false;
  button.addEventListener("click", () => {
    isHeld = !isHeld;
    button.setAttribute("aria-pressed", String(isHeld));
    showState(sign, isHeld ? "held" : "live");
  });
}
