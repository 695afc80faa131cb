// The script of the page: what it does with events, and that its source is whole as it is sent.
import { expect, test } from "bun:test";
import { Window } from "happy-dom";
import { keepLive, liveScript, replaceSection } from "../../../src/teller/page/live.ts";

const PAGE = `<span id="live" data-is="still"></span><button id="hold" hidden></button>
<section id="s-a"><div class="scroll" id="scroll-a"><a href="?worker=1">one</a></div>
<details data-keep="d"><summary>more</summary></details></section>`;

class FakeSource {
  static last: FakeSource | undefined;
  readonly listeners = new Map<string, (event: object) => void>();
  constructor(readonly url: string) {
    FakeSource.last = this;
  }
  addEventListener(name: string, listener: (event: object) => void): void {
    this.listeners.set(name, listener);
  }
  send(sections: Record<string, string>): void {
    this.listeners.get("sections")?.({ data: JSON.stringify(sections) });
  }
}

function open(query = "?sort=cpu") {
  const window = new Window({ url: `http://gw.test/server-status${query}` });
  window.document.body.innerHTML = PAGE;
  Object.assign(window, { EventSource: FakeSource });
  return {
    window: window as unknown as globalThis.Window & typeof globalThis,
    document: window.document as unknown as Document,
    [Symbol.asyncDispose]: () => window.happyDOM.close(),
  };
}

test("live: sections are put in the place of the old ones, and the stream is of what is looked at", async () => {
  await using page = open();
  keepLive(page.window);
  expect(FakeSource.last?.url).toBe("/server-status?events&sort=cpu");
  FakeSource.last?.send({ "s-a": "<p>new</p>", "s-nowhere": "<p>x</p>" });
  expect(page.document.getElementById("s-a")?.innerHTML).toBe("<p>new</p>");
  expect(page.document.getElementById("live")?.textContent).toBe("Live");
  expect(page.document.getElementById("hold")?.hidden).toBe(false);
});

test("live: held, it stays as it is; and says when the connection is lost", async () => {
  await using page = open();
  keepLive(page.window);
  const hold = page.document.getElementById("hold");
  hold?.click();
  expect([hold?.getAttribute("aria-pressed"), page.document.getElementById("live")?.textContent]).toEqual([
    "true",
    "Held",
  ]);
  FakeSource.last?.send({ "s-a": "<p>new</p>" });
  expect(page.document.getElementById("s-a")?.innerHTML).not.toBe("<p>new</p>");
  hold?.click();
  FakeSource.last?.send({ "s-a": "<p>newer</p>" });
  expect(page.document.getElementById("s-a")?.innerHTML).toBe("<p>newer</p>");
  FakeSource.last?.listeners.get("error")?.({});
  expect(page.document.getElementById("live")?.textContent).toStartWith("Connection lost");
});

test("live: the focus, what is open and where it was scrolled to stay", async () => {
  await using page = open();
  const section = page.document.getElementById("s-a") as Element;
  const scroll = page.document.getElementById("scroll-a") as Element;
  Object.assign(scroll, { scrollTop: 40 });
  section.querySelector("details")?.setAttribute("open", "");
  section.querySelector("a")?.focus();
  replaceSection(section, () => {
    section.innerHTML = PAGE.slice(PAGE.indexOf("<div"), PAGE.indexOf("</section>")).replace("one", "two");
  });
  expect(page.document.activeElement?.textContent).toBe("two");
  expect(section.querySelector("details")?.hasAttribute("open")).toBe(true);
  expect(page.document.getElementById("scroll-a")?.scrollTop).toBe(40);
});

test("live: what is sent to browsers needs nothing else", async () => {
  await using page = open();
  new Function("window", liveScript())(page.window);
  FakeSource.last?.send({ "s-a": "<p>by its source</p>" });
  expect(page.document.getElementById("s-a")?.innerHTML).toBe("<p>by its source</p>");
});
