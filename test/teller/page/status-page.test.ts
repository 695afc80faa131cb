// Which answer a request gets, and under which rules browsers show it.
import { describe, expect, test } from "bun:test";
import type { AnswerTo } from "../../../src/control/picture.ts";
import type { DeedOutcome, Subject } from "../../../src/link/messages.ts";
import { StatusPage } from "../../../src/teller/page/status-page.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { openPage } from "../../support/page.ts";
import { picture } from "../../support/picture.ts";

const DONE: DeedOutcome = { is: "done", text: "Generation 2 serves", lines: [] };

function setUp({ outcome = DONE, isSilent = false } = {}) {
  const acts: unknown[][] = [];
  const answers: AnswerTo = {
    picture: picture(),
    configuration: [
      { group: null, key: "port", value: "8000", origin: "--port", isDefault: false },
      { group: null, key: "host", value: "0.0.0.0", origin: "default", isDefault: true },
    ],
    figures: { samples: [], appMetrics: [], isReady: true, state: "serving" },
  };
  const page = new StatusPage({
    clock: new FakeClock(),
    supervisor: {
      ask: async <S extends Subject>(about: S) => (isSilent ? undefined : answers[about]),
      act: async (...act) => {
        acts.push(act);
        return outcome;
      },
    },
  });
  const get = (query = "", init: RequestInit = {}) =>
    page.answer(new Request(`http://gw.test/server-status${query}`, init), "192.0.2.1");
  const post = (body: string, headers: Record<string, string> = {}) =>
    get("", {
      method: "POST",
      body,
      headers: { "Content-Type": "application/x-www-form-urlencoded", Host: "gw.test", ...headers },
    });
  return { get, post, acts };
}

const FORM = "do=restart&worker=2&token=+word+";

describe("status page", () => {
  test.each<[string, string]>([
    ["", "gw: serving, port 8000"],
    ["?worker=2", "gw: worker 2"],
    ["?view=actions", "gw: actions"],
    ["?view=configuration", "gw: configuration"],
    ["?do=reload", "gw: confirm"],
  ])("%s is a page with one style and one script, by their nonce", async (query, title) => {
    const answer = await setUp().get(query);
    expect(answer.status).toBe(200);
    const policy = answer.headers.get("content-security-policy") ?? "";
    const nonce = /script-src 'nonce-([^']+)'/.exec(policy)?.[1];
    expect(policy).toMatch(/^default-src 'none'; style-src 'nonce-/);
    expect(policy).not.toContain("unsafe");
    const text = await answer.text();
    await using page = openPage(text);
    expect(page.document.title).toBe(title);
    const bearers = [...page.document.querySelectorAll("style, script")];
    expect(bearers.map((one) => one.getAttribute("nonce"))).toEqual(bearers.map(() => nonce ?? ""));
    // Neither of them is elsewhere, and nothing else runs or is styled.
    expect(text).not.toMatch(/<(?:link[^>]+stylesheet|script[^>]+src|img|iframe)|\son\w+=|\sstyle="/);
    expect(page.document.querySelectorAll("h1").length).toBe(1);
    expect(page.document.querySelectorAll("main").length).toBe(1);
  });

  test("each answer has a nonce of its own, and is kept nowhere", async () => {
    const { get } = setUp();
    const answers = await Promise.all([get(), get()]);
    expect(new Set(answers.map(({ headers }) => headers.get("content-security-policy"))).size).toBe(2);
    expect(answers[0]?.headers.get("cache-control")).toBe("no-store");
  });

  test("for scripts it is JSON", async () => {
    const answer = await setUp().get("?view=json");
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.json()).toMatchObject({ status: { state: "serving" } });
  });

  test("the configuration shows first what was set", async () => {
    await using page = openPage(await (await setUp().get("?view=configuration")).text());
    expect(page.text("table")).toContain("port8000--port");
    expect(page.text("details summary")).toBe("1 options are as they are by default");
  });

  test("a supervisor that does not answer is told so", async () => {
    const { get } = setUp({ isSilent: true });
    expect([(await get()).status, (await get("?view=configuration")).status]).toEqual([503, 503]);
  });

  test("what is no way to ask", async () => {
    expect((await setUp().get("", { method: "DELETE" })).status).toBe(405);
  });
});

describe("status page: deeds", () => {
  test("a link changes nothing, and asks for the token", async () => {
    const { get, acts } = setUp();
    await using page = openPage(await (await get("?do=restart&worker=2")).text());
    expect(page.text("h2")).toBe("Restart worker 2?");
    expect(page.document.querySelector("form")?.getAttribute("method")).toBe("post");
    expect(page.document.querySelector("#token")?.getAttribute("type")).toBe("password");
    expect(acts).toEqual([]);
  });

  test("the form does it, and says what became of it", async () => {
    const { post, acts } = setUp();
    const answer = await post(FORM);
    expect([answer.status, acts]).toEqual([200, [["word", "192.0.2.1", { deed: "restart", worker: 2 }]]]);
    await using page = openPage(await answer.text());
    expect(page.text("[role=status]")).toBe("Generation 2 serves.");
  });

  test("a wrong token is asked for again", async () => {
    const { post } = setUp({ outcome: { is: "forbidden", text: "That is not it", lines: [] } });
    const answer = await post(FORM);
    expect(answer.status).toBe(403);
    await using page = openPage(await answer.text());
    expect(page.text("[role=alert]")).toBe("That is not it");
    expect(page.document.querySelector("input[name=worker]")?.getAttribute("value")).toBe("2");
  });

  test.each<[string, Record<string, string>]>([
    ["of another site", { "Sec-Fetch-Site": "cross-site" }],
    ["of a site beside it", { "Sec-Fetch-Site": "same-site" }],
    ["of another origin", { Origin: "http://evil.test" }],
    ["of another port", { Origin: "http://gw.test:81" }],
    ["that is no form", { "Content-Type": "text/plain" }],
    ["that carries JSON", { "Content-Type": "application/json" }],
  ])("a form %s does nothing", async (_name, headers) => {
    const { post, acts } = setUp();
    expect([(await post(FORM, headers)).status, acts]).toEqual([403, []]);
  });

  test("the page's own form may come with what browsers add", async () => {
    const { post } = setUp();
    const own = { Origin: "http://gw.test", "Sec-Fetch-Site": "same-origin" };
    expect((await post(FORM, own)).status).toBe(200);
    expect((await post(FORM, { Origin: "null", "Sec-Fetch-Site": "same-origin" })).status).toBe(200);
  });

  test("what is none", async () => {
    const { post, acts } = setUp();
    expect([(await post("do=stop&token=word")).status, (await post("")).status, acts]).toEqual([
      400,
      400,
      [],
    ]);
  });
});
