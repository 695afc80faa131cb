// The welcome page in Chromium: what is on it, that nothing on it fails, that it fits a phone, that keys reach it.
import assert from "node:assert/strict";
import { startGw } from "../support/gw.ts";
import { launchChromium, listenForComplaints } from "./chromium.ts";

const playwright = await import(process.argv[2] ?? "playwright-core");
await using gw = await startGw([]);
const browser = await launchChromium(playwright);
try {
  const page = await browser.newPage({ viewport: { width: 360, height: 740 } });
  const complaints: string[] = [];
  listenForComplaints(page, complaints);

  const answer = await page.goto(gw.url);
  assert.equal(answer.status(), 200);
  assert.equal(await page.title(), "gw works");
  assert.equal(await page.getByRole("heading", { level: 1 }).textContent(), "gw works");
  assert.equal(await page.getByRole("main").count(), 1);
  assert.match(await page.getByRole("main").textContent(), /gw start-server app\.ts/);
  const width = await page.evaluate("document.documentElement.scrollWidth");
  assert.ok(width <= 360, `the page is ${width} px wide on a screen of 360`);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate("document.activeElement.tagName"), "PRE");

  const missing = await page.goto(new URL("/nowhere", gw.url).href);
  assert.equal(missing.status(), 404);
  await page.getByRole("link").click();
  assert.equal(await page.title(), "gw works");
  // The browser itself asks for a favicon and notes the 404; so it does the missing page.
  assert.deepEqual(
    complaints.filter((text) => !/404/.test(text)),
    [],
  );
  if (process.env.GW_SCREENSHOT) await page.screenshot({ path: process.env.GW_SCREENSHOT, fullPage: true });
  console.log("browser: the welcome page is as it should be");
} finally {
  await browser.close();
}
