import { describe, expect, test } from "bun:test";
import { GwError } from "../../../src/core/errors.ts";
import {
  errorOfFailure,
  errorOfThrown,
  hasBegunAnswer,
  mayTryAgain,
} from "../../../src/front/visit/endings.ts";
import { Intake } from "../../../src/front/visit/intake.ts";
import { ANSWERED, SWITCHED, type Visit } from "../../../src/front/visit/visit.ts";
import type { ExchangeFailure } from "../../../src/upstream/exchange.ts";
import { SETTINGS } from "../../support/front-process.ts";
import { visitOf } from "../fakes.ts";
import { PlainClient } from "../plain-client.ts";

const CONNECT: ExchangeFailure = { kind: "connect", reason: "ENOENT" };
const UNSENT: ExchangeFailure = { kind: "lost", sent: false, answered: false };
const SENT: ExchangeFailure = { kind: "lost", sent: true, answered: false };
const BEGUN: ExchangeFailure = { kind: "lost", sent: true, answered: true };
const OURS = new TypeError("ours");
const MALFORMED: ExchangeFailure = { kind: "malformed", reason: "no status" };
const TOO_LARGE: ExchangeFailure = { kind: "header too large", reason: "a line of 9 kB" };

/** On its `attempts`th worker; with `body`, one that nobody has had a byte of, or somebody has. */
function visitWith({
  method = "GET",
  attempts = 1,
  body,
}: {
  method?: string;
  attempts?: number;
  body?: "untouched" | "taken";
}): Visit {
  const client = new PlainClient({ method, hasBody: body !== undefined });
  const visit = Object.assign(visitOf(client), { attempts });
  if (!body) return visit;
  visit.intake = new Intake(client, visit, 100, { length: 5, awaitsContinue: false });
  if (body === "taken") visit.intake.takeHeld();
  return visit;
}

describe("endings: whether another worker may have the request", () => {
  test.each([
    ["no worker could be reached", {}, CONNECT, [true, true, false]],
    ["again and again", { attempts: 9 }, CONNECT, [true, true, false]],
    ["nothing of it was sent", {}, UNSENT, [true, true, false]],
    ["nothing of it was sent, and its body is here", { body: "untouched" }, UNSENT, [true, true, false]],
    ["nothing of it was sent, but its body is on its way", { body: "taken" }, UNSENT, [false, false, false]],
    ["it was sent", {}, SENT, [true, false, false]],
    ["it was sent twice", { attempts: 2 }, SENT, [false, false, false]],
    ["it was sent, and changes something", { method: "POST" }, SENT, [false, false, false]],
    ["it was sent, and might be another method", { method: "get" }, SENT, [false, false, false]],
    ["it was sent with a body", { body: "untouched" }, SENT, [false, false, false]],
    ["it was sent, HEAD", { method: "HEAD" }, SENT, [true, false, false]],
    ["it was sent, OPTIONS", { method: "OPTIONS" }, SENT, [true, false, false]],
    ["it was sent, DELETE", { method: "DELETE" }, SENT, [false, false, false]],
    ["its answer had begun", {}, BEGUN, [false, false, false]],
    ["its answer was none", {}, MALFORMED, [false, false, false]],
    ["its answer was too large", {}, TOO_LARGE, [false, false, false]],
  ] as [string, Parameters<typeof visitWith>[0], ExchangeFailure, boolean[]][])(
    "%s",
    (_, given, failure, may) => {
      const policies = ["idempotent", "unsent", "never"] as const;
      expect(policies.map((policy) => mayTryAgain(visitWith(given), failure, policy))).toEqual(may);
    },
  );
});

describe("endings: whether the worker has answered", () => {
  test("with an answer or a switch always, with any other end if its head had come", () => {
    const client = new PlainClient();
    const visit = visitOf(client);
    const refused = { kind: "refused", error: new GwError("worker_died") } as const;
    const all = [ANSWERED, SWITCHED, refused, { kind: "client gone" } as const, undefined];
    const begun = () => all.map((ending) => hasBegunAnswer(visit, ending));
    expect(begun()).toEqual([true, true, false, false, false]);
    client.isAnswered = true;
    expect(begun()).toEqual([true, true, true, true, true]);
  });
});

describe("endings: which error it is", () => {
  test.each([
    [CONNECT, "no_worker", "ENOENT"],
    [SENT, "worker_died", undefined],
    [MALFORMED, "worker_answer_malformed", undefined],
    [TOO_LARGE, "response_header_too_large", "a line of 9 kB"],
    [{ kind: "bug", thrown: OURS }, "bug", OURS.stack],
  ] as [ExchangeFailure, string, string | undefined][])("%j is %s", (failure, cause, detail) => {
    const error = errorOfFailure(failure, { ...SETTINGS, headerBufferBytes: 4711 });
    expect([error.cause_, error.detail] as unknown[]).toEqual([cause, detail]);
    if (failure.kind === "malformed") expect(error.message).toContain("no status");
    if (failure.kind === "header too large") expect(error.message).toContain("4711");
  });

  test("what was thrown is that error, or a mistake of ours with its place", () => {
    const ours = new GwError("queue_full");
    expect(errorOfThrown(ours)).toBe(ours);
    const thrown = new TypeError("x is not a function");
    const bug = errorOfThrown(thrown);
    expect([bug.cause_, bug.detail] as unknown[]).toEqual(["bug", thrown.stack]);
    expect(bug.message).toContain("x is not a function");
    expect(errorOfThrown("a text").message).toContain("a text");
  });
});
