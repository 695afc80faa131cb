// The status page in Chromium: live while requests run, workers crash and gw is reloaded; without a finding of axe-core in light
// and dark; no wider than a phone, with 200 workers and 1,000 requests too; acted on by keys alone. With GW_SCREENSHOT=DIR its pictures are put there.
import assert from "node:assert/strict";
import { join } from "node:path";
import { renderDocument } from "../../src/teller/page/document.ts";
import { readView } from "../../src/teller/page/parts/view.ts";
import { renderSections } from "../../src/teller/page/sections.ts";
import { control, obey } from "../support/control.ts";
import { startGw } from "../support/gw.ts";
import { picture } from "../support/picture.ts";
import { makePublicDir } from "../support/temp-dir.ts";
import { launchChromium, listenForComplaints } from "./chromium.ts";

const APP = `export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/report") await Bun.sleep(2500);
    if (pathname === "/die") process.exit(3);
    if (pathname === "/wrong") return new Response("wrong", { status: 500 });
    await Bun.sleep(Math.random() * 20);
    return new Response("hello");
  },
};`;

const [, , playwrightPath = "playwright-core", axePath = "axe-core"] = process.argv;
const playwright = await import(playwrightPath);
const axe = await Bun.file(axePath).text();
using dir = makePublicDir();
const args = ["--processes", "12", "--concurrency", "10", "--server-status", "--slow-requests", "2s"];
await using gw = await startGw([dir.write("app.ts", APP), ...args]);
const token = (await obey(gw, "status-token")).trim();
const ask = (path: string) =>
  fetch(new URL(path, gw.url)).then(
    (answer) => answer.text(),
    () => "",
  );

/** Bounded: a few clients for as long as the check takes. */
let isOver = false;
async function keepAsking(): Promise<void> {
  while (!isOver) await Promise.all([...Array(8).fill("/"), "/item/7", "/cart", "/report"].map(ask));
}
const load = Promise.all([keepAsking(), keepAsking()]);
await Promise.all([ask("/die"), ask("/wrong")]);

const browser = await launchChromium(playwright);
const shots = process.env.GW_SCREENSHOT;
const url = new URL("/server-status", gw.url).href;
const complaints: string[] = [];

async function open(width: number, colorScheme: "light" | "dark", javaScriptEnabled = true) {
  const page = await browser.newPage({
    viewport: { width, height: 900 },
    colorScheme,
    javaScriptEnabled,
    bypassCSP: false,
  });
  listenForComplaints(page, complaints);
  await page.goto(url);
  return page;
}

/** As large a gw as the page is made for. */
function largePage(): string {
  const view = readView(new URLSearchParams());
  const sections = renderSections(picture({ workers: 200, requests: 1_000 }), view);
  return renderDocument({ title: "gw", view, nonce: "n", sections });
}

type AxeResult = { violations: { id: string; nodes: { html: string }[] }[] };

async function findNothing(page: { evaluate(code: string): Promise<unknown> }, what: string): Promise<void> {
  await page.evaluate(axe);
  const { violations } = (await page.evaluate("axe.run()")) as AxeResult;
  assert.deepEqual(
    violations.map(({ id, nodes }) => `${what}: ${id}: ${nodes[0]?.html.slice(0, 200)}`),
    [],
  );
}

try {
  for (const scheme of ["light", "dark"] as const) {
    const page = await open(1280, scheme);
    await page.locator("#live[data-is=live]").waitFor();
    await page.locator("#s-incidents", { hasText: "crash" }).waitFor();
    await page.locator("#s-tiles .line-1[d*=L]").first().waitFor({ state: "attached", timeout: 60_000 });
    if (shots) await page.screenshot({ path: join(shots, `status-${scheme}.png`), fullPage: true });
    await findNothing(page, scheme);
    await page.close();
  }
  const phone = await open(390, "light");
  const width = await phone.evaluate("document.documentElement.scrollWidth");
  assert.ok(width <= 390, `the page is ${width} px wide on a screen of 390`);
  if (shots) await phone.screenshot({ path: join(shots, "status-phone.png"), fullPage: true });
  await findNothing(phone, "phone");
  for (const size of [390, 1280]) {
    // The policy of the page itself lets nobody write into it.
    const page = await browser.newPage({ viewport: { width: size, height: 900 }, colorScheme: "light" });
    await page.setContent(largePage());
    const wide = await page.evaluate("document.documentElement.scrollWidth");
    assert.ok(wide <= size, `the large page is ${wide} px wide on a screen of ${size}`);
    if (shots) await page.screenshot({ path: join(shots, `status-large-${size}.png`), fullPage: true });
    await findNothing(page, `large, ${size}`);
    await page.close();
  }
  for (const query of ["?view=actions", "?view=configuration", "?worker=1", "?do=restart&worker=1"]) {
    await phone.goto(url + query);
    await findNothing(phone, query);
  }
  // By keys alone: the token, and Enter.
  await phone.locator("#token").focus();
  await phone.keyboard.type(token);
  await phone.keyboard.press("Enter");
  await phone.getByRole("status").filter({ hasText: "The worker was replaced" }).waitFor();
  // Live across a reload that replaces the front ends.
  await phone.goto(url);
  await phone.locator("#live[data-is=live]").waitFor();
  assert.equal((await control(gw, "restart", "--front")).code, 0);
  await phone.locator("#s-summary", { hasText: "generation 2" }).waitFor();
  await phone.locator("#live[data-is=live]").waitFor();
  const plain = await open(1280, "light", false);
  assert.ok(await plain.getByRole("heading", { name: /Workers/ }).isVisible());
  // A stream that a front end's end has cut is a line of the browser's own; the page comes back by itself.
  assert.deepEqual(
    complaints.filter((text) => !/Failed to load resource|ERR_/.test(text)),
    [],
  );
  console.log("browser: the status page is as it should be");
} finally {
  isOver = true;
  await Promise.all([browser.close(), load]);
}
