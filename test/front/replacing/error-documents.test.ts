// The operator's own pages for errors, from whatever gives them, and what becomes of the error when it gives none.
import { describe, expect, test } from "bun:test";
import { GwError } from "../../../src/core/errors.ts";
import { ErrorDocuments } from "../../../src/front/replacing/error-documents.ts";
import { LineRates } from "../../../src/front/telling/line-rates.ts";
import type { Visit } from "../../../src/front/visit/visit.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { anyHost, SETTINGS } from "../../support/front-process.ts";
import { idleHolder, visitOf } from "../fakes.ts";
import { PlainClient } from "../plain-client.ts";

const ERROR = { status: 404, fields: ["Cache-Control", "no-store", "X-Request-Id", "id"] };
const ASKED = ["Host", "a", "Cookie", "c", "If-None-Match", "x", "Range", "bytes=0-1", "Authorization", "b"];

/** A client who is to get a 404, and what asks for its document. */
function setUp(given: ConstructorParameters<typeof PlainClient>[0] = {}, overrides = false, mount = "/") {
  const clock = new FakeClock();
  const { log, lines } = captureLog();
  const asked: Visit[] = [];
  const answers = { documents: [{ status: 404, path: "/404.html" }], overrides };
  const documents = new ErrorDocuments({
    clock,
    log,
    rates: new LineRates(clock, log),
    groups: [anyHost("a", { ...SETTINGS, answers }), anyHost("b")],
    stages: [
      (visit) => {
        asked.push(visit);
        visit.handTo(idleHolder());
        return undefined;
      },
    ],
    onBug(error) {
      throw error;
    },
  });
  const client = new PlainClient({
    method: "POST",
    hasBody: true,
    sentLength: true,
    fields: ASKED,
    ...given,
  });
  const failed = visitOf(client);
  Object.assign(failed, { group: "a", host: "a", mount });
  failed.end({ kind: "refused", error: new GwError("file_not_found") });
  let pages = 0;
  const begin = (status = 404) => documents.begin(failed, { ...ERROR, status }, () => pages++);
  return { clock, documents, client, failed, asked, begin, lines, pages: () => pages };
}

function firstOf({ asked: [visit] }: ReturnType<typeof setUp>): Visit {
  if (!visit) throw new Error("nothing was asked for");
  return visit;
}

describe("error documents: what is asked for", () => {
  test("error documents: only where there is one for that status, in that group", () => {
    const set = setUp();
    expect([set.begin(500), set.asked.length]).toEqual([false, 0]);
    set.failed.group = "b";
    expect(set.begin()).toBe(false);
    set.failed.group = "a";
    expect([set.begin(), set.asked.length]).toEqual([true, 1]);
  });

  test("error documents: by GET without body and conditions, in the client's name", () => {
    const set = setUp();
    set.begin();
    const visit = firstOf(set);
    const { client, method, target, id, host, group } = visit;
    expect([client.method, method, target, id, host, group]).toEqual([
      ...["GET", "GET", "/404.html", set.failed.id, "a", "a"],
    ]);
    expect([client.hasBody, client.sentLength, client.isBodyComplete, client.isAnswered]).toEqual([
      ...[false, false, true, false],
    ]);
    expect(visit.fields).toEqual(["Host", "a", "Cookie", "c"]);
  });

  test("error documents: HEAD stays, and paths are below the mount", () => {
    const set = setUp({ method: "HEAD" }, false, "/shop");
    set.failed.cut = 5;
    set.begin();
    const { client, target, onward } = firstOf(set);
    expect([client.method, target, onward]).toEqual(["HEAD", "/shop/404.html", "/404.html"]);
  });
});

describe("error documents: what the client gets", () => {
  const DOCUMENT = [
    "Content-Type",
    "text/html",
    "ETag",
    "x",
    "Cache-Control",
    "max-age=9",
    "Set-Cookie",
    "s",
  ];
  const TOLD = ["Content-Type", "text/html", "Set-Cookie", "s", ...ERROR.fields];

  test("error documents: a whole one, with the status and the fields of the error", () => {
    const set = setUp();
    set.begin();
    expect([set.failed.client.isTaking, set.failed.client.isAnswered, set.client.acts]).toEqual([
      true,
      true,
      [],
    ]);
    let isSettled = false;
    set.failed.client.whenSettled(() => {
      isSettled = true;
    });
    const visit = firstOf(set);
    visit.client.answer(200, "OK", DOCUMENT, "page");
    visit.end({ kind: "answered" });
    expect([set.client.acts, set.client.answerFields, set.failed.sentBytes]).toEqual([
      ["answer 404 Not Found: page"],
      TOLD,
      4,
    ]);
    expect([isSettled, set.failed.client.isTaking, set.pages(), set.lines]).toEqual([true, false, 0, []]);
  });

  test("error documents: one in pieces is complete with the last", () => {
    const set = setUp();
    set.begin();
    const visit = firstOf(set);
    visit.client.sendHead(200, "OK", DOCUMENT, 4);
    visit.client.write(Buffer.from("page"));
    expect([set.failed.client.isTaking, visit.client.isAnswered]).toEqual([true, true]);
    visit.client.end();
    visit.end({ kind: "answered" });
    expect(set.client.acts).toEqual(["head 404, 4 bytes to come", "piece page", "end"]);
    expect([set.failed.client.isTaking, set.failed.sentBytes]).toEqual([false, 4]);
  });

  test("error documents: one that breaks off is a cut", () => {
    const set = setUp();
    set.begin();
    const visit = firstOf(set);
    visit.client.sendHead(200, "OK", DOCUMENT, 4);
    visit.refuse(new GwError("worker_died"));
    expect([set.client.acts.at(-1), set.pages()]).toEqual(["cut", 0]);
  });

  test("error documents: an answer with that very status will do, unless errors of apps are overridden", () => {
    for (const [overrides, acts, pages] of [
      [false, ["answer 404 Not Found: none"], 0],
      [true, [], 1],
    ] as const) {
      const set = setUp({}, overrides);
      set.begin();
      const visit = firstOf(set);
      visit.client.answer(404, "", [], "none");
      visit.end({ kind: "answered" });
      expect([set.client.acts, set.pages()]).toEqual([[...acts], pages]);
    }
  });
});

describe("error documents: there is none", () => {
  const ways: [string, (visit: Visit) => void, string][] = [
    ["an error", (visit) => visit.refuse(new GwError("queue_full")), "queue_full"],
    ["a redirect", (visit) => visit.end({ kind: "redirected", location: "/" }), "it was redirected"],
    [
      "another error, in pieces",
      (visit) => {
        visit.client.sendHead(500, "", [], 3);
        visit.client.write(Buffer.from("bad"));
        visit.client.end();
        visit.end({ kind: "answered" });
      },
      "it is answered with 500",
    ],
  ];
  test.each(ways)(
    "error documents: %s in its place: gw's own page, once, and a line of the log",
    (_, act, why) => {
      const set = setUp();
      set.begin();
      act(firstOf(set));
      expect([set.client.acts, set.pages(), set.asked.length, set.failed.client.isTaking]).toEqual([
        [],
        1,
        1,
        false,
      ]);
      expect(JSON.stringify(set.lines)).toContain(why);
    },
  );

  test("error documents: it takes too long", () => {
    const set = setUp();
    set.begin();
    set.clock.advance(4999);
    expect(set.pages()).toBe(0);
    set.clock.advance(1);
    expect([set.pages(), JSON.stringify(set.lines).includes("it took too long")]).toEqual([1, true]);
  });

  test("error documents: a long one is not cut for its length", () => {
    const set = setUp();
    set.begin();
    firstOf(set).client.sendHead(200, "OK", [], 4);
    set.clock.advance(10_000);
    expect([set.pages(), set.client.acts.length]).toEqual([0, 1]);
  });

  test("error documents: a client that leaves meanwhile gets none", () => {
    const set = setUp();
    set.begin();
    set.client.listener?.onGone();
    expect([firstOf(set).ending?.kind, set.pages(), set.failed.client.isTaking]).toEqual([
      "client gone",
      0,
      false,
    ]);
  });

  test("error documents: nor one that is cut", () => {
    const set = setUp();
    set.begin();
    set.failed.client.cut();
    firstOf(set).refuse(new GwError("shutting_down"));
    expect([set.client.acts, set.pages()]).toEqual([["cut"], 0]);
  });
});
