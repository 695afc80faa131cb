// The guide as a site: built, and served by gw itself; every link on every page leads somewhere, and what is searched is there.
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ENTRIES } from "../../docs/contents.ts";
import { startGw } from "../support/gw.ts";
import { AS_ROOT } from "../support/needs.ts";
import { makePublicDir } from "../support/temp-dir.ts";

setDefaultTimeout(180_000);

const ROOT = join(import.meta.dir, "../..");
const SITE = join(ROOT, "dist/guide");

beforeAll(async () => {
  expect(await Bun.spawn([join(ROOT, "guide/build")], { stdout: "ignore" }).exited).toBe(0);
});

async function serve() {
  const dir = makePublicDir();
  const site = join(dir.path, "site");
  cpSync(SITE, site, { recursive: true });
  const gw = await startGw([
    ...["--document-root", site, "--home", site, "--server-root", join(dir.path, "root")],
    ...(AS_ROOT.isMet ? ["--user", "nobody"] : []),
  ]);
  return {
    gw,
    async [Symbol.asyncDispose]() {
      await gw[Symbol.asyncDispose]();
      dir[Symbol.dispose]();
    },
  };
}

describe("guide", () => {
  test("each page is there, with its text without a script; each link leads to what gw serves", async () => {
    await using served = await serve();
    const { url } = served.gw;
    const seen = new Set<string>();
    const dead: string[] = [];
    const waiting = [{ link: "/", from: "" }];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      if (seen.has(next.link)) continue;
      seen.add(next.link);
      const answer = await fetch(new URL(next.link, url));
      if (answer.status !== 200) dead.push(`${next.from}: ${next.link}: ${answer.status}`);
      if (!answer.headers.get("content-type")?.startsWith("text/html")) continue;
      for (const [, href = ""] of (await answer.text()).matchAll(/(?:href|src)="(\/[^"#]*|[\w./-]+\.html)/g))
        waiting.push({ link: new URL(href, new URL(next.link, url)).pathname, from: next.link });
    }
    expect(dead).toEqual([]);
    expect([...seen]).toEqual(
      expect.arrayContaining(ENTRIES.map(({ page }) => `/${page.replace(".md", ".html")}`)),
    );
    expect(await (await fetch(new URL("/from-pm2.html", url))).text()).toContain("max_memory_restart");
    expect(await (await fetch(new URL("/llms.txt", url))).text()).toStartWith("# gw\n");
  });

  test("the index of the search knows a cause word, and the page that has it", () => {
    const chunks = join(SITE, "assets/chunks");
    const [name = ""] = readdirSync(chunks).filter((one) => one.startsWith("@localSearchIndexroot"));
    expect(readFileSync(join(chunks, name), "utf8")).toMatch(/errors\.html#queue-full/);
  });
});
