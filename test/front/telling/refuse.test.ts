import { describe, expect, test } from "bun:test";
import { type Cause, ERRORS, type ErrorRow, GwError } from "../../../src/core/errors.ts";
import type { Refusal } from "../../../src/front/door/door.ts";
import type { ClientRequest } from "../../../src/front/door/h1/client-request.ts";
import { WANTS_CLOSE } from "../../../src/front/door/h1/native.ts";
import type { Unread } from "../../../src/front/telling/access-entry.ts";
import { LineRates } from "../../../src/front/telling/line-rates.ts";
import { Refuser } from "../../../src/front/telling/refuse.ts";
import { fieldValue } from "../../../src/http/fields.ts";
import { proxyStatus } from "../../../src/http/proxy-status.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeClient, visitOf } from "../fakes.ts";

function setUp() {
  const { log, lines } = captureLog();
  const counted: Cause[] = [];
  const unread: Unread[] = [];
  const refuser = new Refuser({
    log,
    rates: new LineRates(new FakeClock(), log),
    date: () => "now",
    tellsGroup: false,
    newId: () => "new-id",
    telling: {
      tellRefused: (_visit, cause) => void counted.push(cause),
      tellUnread(one) {
        unread.push(one);
        counted.push(one.cause);
      },
    },
    documents: { begin: () => false },
    now: () => 250,
  });
  return { refuser, lines, counted, unread };
}

type Given = Partial<ClientRequest> & { fields?: string[] };

function refuse(error: GwError, given: Given = {}, isClosing = false) {
  const { refuser, lines, counted } = setUp();
  const fake = new FakeClient(given);
  fake.isEnding = isClosing;
  const visit = visitOf(fake.client, 50);
  visit.target = "/a?secret";
  refuser.refuse(visit, error);
  const [sent] = fake.sent;
  return { fake, sent, lines, counted, field: (name: string) => fieldValue(sent?.fields ?? [], name) };
}

const FULL = () => new GwError("queue_full");
const CLIENT_ROWS = (Object.entries(ERRORS) as [Cause, ErrorRow][]).filter(
  ([, { status }]) => status !== undefined,
);

describe("refuse: the answer", () => {
  test("whoever is to wait for longer is told for how long", () => {
    const { sent, field } = refuse(new GwError("too_many_failures", { retryAfter: 12 }));
    expect(field("retry-after")).toBe("12");
    expect(sent?.body).toContain("Try again in 12 s. ");
  });

  for (const [cause, row] of CLIENT_ROWS) {
    test(`${cause}: status, Proxy-Status, page, log line and count agree`, () => {
      const facts = { reason: "r", limit: 1, what: "w" };
      const { sent, lines, counted, field } = refuse(new GwError(cause, facts));
      expect(sent?.status).toBe(row.status as number);
      expect(field("proxy-status")).toBe(`gw; error=${row.proxyError}; details="${cause}"`);
      expect(field("x-request-id")).toBe("visit-1");
      expect(sent?.body).toContain(`cause: ${cause}\nrequest: visit-1\n`);
      expect(counted).toEqual([cause]);
      expect(lines).toHaveLength(1);
      expect(lines[0]?.fields).toMatchObject({
        cause,
        id: "visit-1",
        status: row.status,
        path: "/a",
        afterMs: 200,
      });
      const isTemporary = row.status === 503 || row.status === 429;
      expect(field("retry-after")).toBe(isTemporary ? "1" : undefined);
    });
  }

  test("the head is the same and bears the page's length, where HEAD was asked", () => {
    const get = refuse(FULL());
    const head = refuse(FULL(), { method: "HEAD" });
    expect(head.sent?.body).toBeUndefined();
    expect(head.field("content-length")).toBe(String(Buffer.byteLength(get.sent?.body ?? "")));
  });

  test("the page has the form that Accept asks for, whatever it asks for", () => {
    const typeFor = (accept: string) =>
      refuse(FULL(), { fields: ["Host", "a", "Accept", accept] }).field("content-type");
    expect(["text/html", "application/json", "*/*", "constructor", "__proto__"].map(typeFor)).toEqual([
      "text/html; charset=utf-8",
      "application/json",
      ...Array(3).fill("text/plain; charset=utf-8"),
    ]);
  });

  test("a mistake of ours says nothing of itself to the client, and everything to the operator", () => {
    const { sent, lines } = refuse(new GwError("bug", { what: "secret" }, "stack"));
    expect(sent?.body).not.toMatch(/secret|stack/);
    expect(lines[0]).toMatchObject({
      level: "error",
      text: "gw made a mistake: secret",
      fields: { why: "stack" },
    });
  });
});

describe("refuse: what becomes of the connection", () => {
  for (const [what, error, given, isClosing, closes] of [
    ["it is kept after an error of the server", FULL(), {}, false, false],
    ["it ends when the front is leaving", FULL(), {}, true, true],
    ["it ends when the client asked for that", FULL(), { bits: WANTS_CLOSE }, false, true],
    ["it ends after HTTP/1.0", FULL(), { isHttp10: true }, false, true],
    ["it ends when the body is not here", FULL(), { hasBody: true }, false, true],
    ["it ends after a client's fault", new GwError("bad_host"), {}, false, true],
    ["it ends after a slow client", new GwError("request_timeout_client"), {}, false, true],
  ] as [string, GwError, Given, boolean, boolean][]) {
    test(what, () => {
      const { fake, field } = refuse(error, given, isClosing);
      expect([field("connection"), fake.acts]).toEqual(
        closes ? ["close", ["answered, close"]] : [undefined, ["answered"]],
      );
    });
  }

  test("an answer that has begun is cut, not followed by another", () => {
    const { refuser, lines, counted } = setUp();
    const fake = new FakeClient();
    fake.client.sendHead(200, "OK", [], undefined);
    refuser.refuse(visitOf(fake.client), new GwError("worker_died"));
    expect([fake.sent.length, fake.acts, counted]).toEqual([1, ["cut"], ["response_incomplete"]]);
    expect(lines[0]).toMatchObject({
      text: "response cut",
      fields: { cause: "response_incomplete", why: "worker_died" },
    });
    expect(lines[0]?.fields.status).toBeUndefined();
  });

  test("one whose client breaks a rule is cut under that cause, and not as if a worker had stopped", () => {
    const { refuser, lines, counted } = setUp();
    const fake = new FakeClient();
    fake.client.sendHead(200, "OK", [], undefined);
    refuser.refuse(visitOf(fake.client), new GwError("malformed_request", { reason: "x" }, "x"));
    expect([fake.sent.length, fake.acts, counted]).toEqual([1, ["cut"], ["malformed_request"]]);
    expect(lines[0]).toMatchObject({
      text: "response cut",
      fields: { cause: "malformed_request", why: "x", status: undefined },
    });
  });

  test("a client that does not read is cut under its own cause", () => {
    const { refuser, counted } = setUp();
    const fake = new FakeClient();
    fake.client.sendHead(200, "OK", [], undefined);
    refuser.refuse(visitOf(fake.client), new GwError("client_stalled"));
    expect([fake.acts, counted]).toEqual([["cut"], ["client_stalled"]]);
  });

  test("who has left is answered nothing, and nothing fails", () => {
    const { refuser } = setUp();
    const fake = new FakeClient();
    fake.leave();
    refuser.refuse(visitOf(fake.client), FULL());
    expect([fake.sent, fake.acts]).toEqual([[], []]);
  });
});

describe("refuse: what never became a request", () => {
  const refusal = (error: GwError, given: Partial<Refusal> = {}): Refusal => ({
    error,
    reason: "because",
    address: "192.0.2.7",
    isAnswering: false,
    ...given,
  });

  test("it is answered, logged and counted as one thing", () => {
    const { refuser, lines, counted } = setUp();
    const error = new GwError("malformed_request", { reason: "because" });
    const answer = refuser.refuseUnread(refusal(error));
    expect([answer?.status, answer?.reason]).toEqual([400, "Bad Request"]);
    const field = (name: string) => fieldValue(answer?.fields ?? [], name);
    expect(field("proxy-status")).toBe(proxyStatus("malformed_request", "http_request_error"));
    expect(field("x-request-id")).toBe("new-id");
    expect(answer?.body).toContain("cause: malformed_request\nrequest: new-id\n");
    expect(counted).toEqual(["malformed_request"]);
    expect(lines[0]?.fields).toEqual({
      cause: "malformed_request",
      status: 400,
      id: "new-id",
      client: "192.0.2.7",
      why: "because",
    });
  });

  test("in the middle of an answer nothing is given, and it is counted and logged all the same", () => {
    const { refuser, lines, counted } = setUp();
    expect(refuser.refuseUnread(refusal(new GwError("bad_host"), { isAnswering: true }))).toBeUndefined();
    expect([counted, lines.length]).toEqual([["bad_host"], 1]);
  });
});
