// The pictures of the guide: `npm run pictures` draws docs/pictures/top.svg, and takes docs/pictures/status-page.png in Chromium.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderDocument } from "../../src/teller/page/document.ts";
import { readView } from "../../src/teller/page/parts/view.ts";
import { renderSections } from "../../src/teller/page/sections.ts";
import { picture } from "../support/picture.ts";
import { topPicture } from "../support/top-picture.ts";
import { launchChromium } from "./chromium.ts";

const PICTURES = join(import.meta.dir, "../../docs/pictures");
const SIZE = { width: 1180, height: 760 };
const HUNG = 10;

/** A shop in the middle of its day, of which one worker hangs. */
function statusPage(): string {
  const seen = picture({ workers: 24, requests: 40 });
  for (const worker of seen.status.groups.flatMap(({ workers }) => workers)) {
    worker.activeRequests = worker.slot === HUNG ? 10 : (worker.slot * 7) % 6;
    worker.isStalled = worker.slot === HUNG;
  }
  const view = readView(new URLSearchParams());
  return renderDocument({ title: "gw", view, nonce: "n", sections: renderSections(seen, view) });
}

writeFileSync(join(PICTURES, "top.svg"), topPicture());
const [, , playwright = "playwright-core"] = process.argv;
const browser = await launchChromium(await import(playwright));
const page = await browser.newPage({ viewport: SIZE, colorScheme: "light" });
await page.setContent(statusPage());
await page.screenshot({ path: join(PICTURES, "status-page.png") });
await browser.close();
