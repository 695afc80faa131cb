// The page that greets whoever starts gw without an app.
import { describe, expect, test } from "bun:test";
import { welcome } from "../../../src/worker/app/welcome.ts";
import { openPage } from "../../support/page.ts";

const get = (path: string, accept?: string) =>
  welcome(new Request(`http://gw.example${path}`, accept === undefined ? {} : { headers: { accept } }));

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

describe("welcome page", () => {
  test("welcome: says that gw works and what to type next", async () => {
    await using page = openPage(await get("/", BROWSER).text());
    expect(page.document.title).toBe("gw works");
    expect(page.text("h1")).toBe("gw works");
    expect([...page.document.querySelectorAll("kbd")].map((key) => key.textContent)).toEqual([
      "gw start-server app.ts",
      "gw start-server --help",
      "gw show-config",
      "gw doctor",
    ]);
    expect(page.text("pre code")).toBe(
      'export default { fetch(request: Request): Response { return new Response("Hello!"); }, };',
    );
  });

  test("welcome: has one of each landmark, headings in order, and every section named by its heading", async () => {
    await using page = openPage(await get("/", BROWSER).text());
    const { document } = page;
    expect(document.documentElement.lang).toBe("en");
    for (const landmark of ["header", "main", "footer", "h1"]) {
      expect([landmark, document.querySelectorAll(landmark).length]).toEqual([landmark, 1]);
    }
    expect([...document.querySelectorAll("h1, h2, h3")].map(({ tagName }) => tagName)).toEqual([
      "H1",
      "H2",
      "H2",
    ]);
    for (const section of document.querySelectorAll("section")) {
      const label = document.getElementById(section.getAttribute("aria-labelledby") ?? "");
      expect(label?.parentElement).toBe(section);
    }
    expect(document.querySelector("meta[name=viewport]")).not.toBeNull();
  });

  test("welcome: loads nothing from anywhere", async () => {
    const answer = get("/", BROWSER);
    await using page = openPage(await answer.text());
    expect(page.document.querySelectorAll("script, link, img, iframe")).toHaveLength(0);
    expect(answer.headers.get("content-security-policy")).toBe(
      "default-src 'none'; style-src 'unsafe-inline'",
    );
  });

  test.each([
    [BROWSER, "text/html;charset=utf-8"],
    ["application/json", "application/json;charset=utf-8"],
    ["application/json, text/html;q=0.5", "application/json;charset=utf-8"],
    ["text/plain", "text/plain;charset=utf-8"],
    ["*/*", "text/plain;charset=utf-8"],
    [undefined, "text/plain;charset=utf-8"],
  ])("welcome: a client that accepts %p gets %s", (accept, type) => {
    expect(get("/", accept).headers.get("content-type")).toBe(type);
  });

  test("welcome: the JSON form carries the same next step", async () => {
    expect(await get("/", "application/json").json()).toMatchObject({
      message: "gw works",
      next: "gw start-server app.ts",
    });
  });

  test("welcome: another path is 404, with the way back", async () => {
    const answer = get("/elsewhere", BROWSER);
    expect(answer.status).toBe(404);
    await using page = openPage(await answer.text());
    expect(page.text("h1")).toBe("Not found");
    expect(page.document.querySelector("main a")?.getAttribute("href")).toBe("/");
  });
});
