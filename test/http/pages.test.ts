import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Window } from "happy-dom";
import { type ErrorPage, escapeHtml, preferred, renderPage } from "../../src/http/pages.ts";

const PAGE: ErrorPage = {
  status: 503,
  title: "Service Unavailable",
  message: "The server is busy",
  hint: "Try again shortly",
  cause: "queue_full",
  requestId: "abc-1",
};

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

describe("pages: which form", () => {
  for (const [accept, form] of [
    [undefined, "text"],
    ["", "text"],
    ["*/*", "text"],
    ["text/*", "text"],
    [BROWSER, "html"],
    ["TEXT/HTML", "html"],
    ["application/xhtml+xml", "html"],
    ["application/json", "json"],
    ["application/problem+json", "json"],
    ["application/json, text/html", "json"],
    ["text/html, application/json", "html"],
    ["application/json;q=0.5, text/html;q=0.6", "html"],
    ["text/html;level=1;q=0.4,application/json ; q=0.5", "json"],
    ["text/html;q=0, application/json;q=0.1", "json"],
    ["text/html;q=0", "text"],
    ["text/html;q=nonsense, application/json", "json"],
    ["text/plain, text/html", "text"],
    ["image/png", "text"],
    [`${"x/y,".repeat(400)}text/html`, "text"],
    [";;,,==", "text"],
    ["constructor", "text"],
    ["__proto__, toString;q=0.5", "text"],
  ] as const) {
    test(`${JSON.stringify(accept?.slice(0, 60))} gets ${form}`, () => expect(preferred(accept)).toBe(form));
  }

  test("no Accept makes the choice throw", () => {
    const part = fc.constantFrom(
      "text/html",
      "application/json",
      ";",
      "q=",
      "q=1",
      "0.5",
      ",",
      " ",
      "*",
      "é",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        expect(["html", "json", "text"]).toContain(preferred(parts.join("")));
      }),
    );
  });
});

describe("pages: what they hold", () => {
  test("text has the status, the sentence, the advice, the cause and the request id", () => {
    const { contentType, body } = renderPage(PAGE, "*/*");
    expect(contentType).toBe("text/plain; charset=utf-8");
    expect(body).toBe(
      "503 Service Unavailable\n\nThe server is busy.\nTry again shortly.\n\ncause: queue_full\nrequest: abc-1\n",
    );
  });

  test("JSON holds the same, each under its own name", () => {
    const { contentType, body } = renderPage(PAGE, "application/json");
    expect(contentType).toBe("application/json");
    expect(JSON.parse(body)).toEqual(PAGE);
  });

  test("HTML is one document with a title, one main part and one heading", () => {
    const { contentType, body } = renderPage(PAGE, BROWSER);
    expect(contentType).toBe("text/html; charset=utf-8");
    const document = parse(body);
    expect(document.documentElement.getAttribute("lang")).toBe("en");
    expect(document.title).toBe("503 Service Unavailable");
    expect(document.querySelectorAll("main > h1")).toHaveLength(1);
    expect(document.querySelector("h1")?.textContent).toBe("503 Service Unavailable");
    expect([...document.querySelectorAll("p")].map((p) => p.textContent)).toEqual([
      "The server is busy.",
      "Try again shortly.",
    ]);
    expect([...document.querySelectorAll("dd")].map((dd) => dd.textContent)).toEqual(["queue_full", "abc-1"]);
  });

  test("HTML needs nothing from elsewhere and runs nothing", () => {
    const { body } = renderPage(PAGE, BROWSER);
    expect(body).not.toMatch(/<script|<link|<img|https?:|url\(|@import| on\w+=/i);
  });

  test("whatever the texts hold, they are text in the page, and JSON gives them back", () => {
    const part = fc.constantFrom(
      "<",
      ">",
      "&",
      '"',
      "'",
      "script",
      "</p>",
      "<!--",
      "&amp;",
      "a",
      " ",
      "é",
      "\u2028",
      "]]>",
      "{x}",
    );
    const text = fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) => `x${parts.join("")}x`);
    fc.assert(
      fc.property(text, text, text, text, text, (title, message, hint, cause, requestId) => {
        const page = { status: 500, title, message, hint, cause, requestId };
        const document = parse(renderPage(page, "text/html").body);
        const texts = [...document.querySelectorAll("h1,p,dd code")].map((element) => element.textContent);
        expect(texts).toEqual([`500 ${title}`, `${message}.`, `${hint}.`, cause, requestId]);
        expect(document.querySelectorAll("main *")).toHaveLength(10);
        expect(JSON.parse(renderPage(page, "application/json").body)).toEqual(page);
      }),
      { numRuns: 100 },
    );
  });

  test("the five characters that mean something in HTML are escaped, and no other", () => {
    expect(escapeHtml(`a<b>&"'é/`)).toBe("a&lt;b&gt;&amp;&quot;&#39;é/");
  });
});

const { document: blank } = new Window();

function parse(html: string) {
  const parser = new (blank.defaultView as NonNullable<typeof blank.defaultView>).DOMParser();
  return parser.parseFromString(html, "text/html");
}
