import { describe, expect, test } from "bun:test";
import { Deadlines } from "../../../src/core/deadlines.ts";
import { admitBody } from "../../../src/front/stages/limits.ts";
import { Reception } from "../../../src/front/stages/reception.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { Ends, idleHolder, visitOf } from "../fakes.ts";
import { PlainClient } from "../plain-client.ts";

const SILENCE_MS = 1_000;

/** `length`: of the body that is to come; undefined for a chunked one, `none` for none at all. */
function setUp(length: number | undefined | "none", { awaitsContinue = false, saysContinue = false } = {}) {
  const clock = new FakeClock();
  const reception = new Reception();
  const ends = new Ends();
  const client = new PlainClient({
    method: "POST",
    hasBody: length !== "none",
    sentLength: typeof length === "number",
  });
  const visit = visitOf(client, 0, "v", ends);
  if (typeof length === "number") visit.bodyLength = length;
  visit.awaitsContinue = awaitsContinue;
  admitBody(visit, 1_000_000);
  const done: string[] = [];
  const entered: unknown[] = [];
  const gathered = reception.gather(visit, {
    silence: new Deadlines(clock, SILENCE_MS),
    dispatch: { uploads: { saysContinue, enter: () => void entered.push(visit) } },
  });
  void gathered?.then(() => done.push("gathered"));
  return { clock, reception, ends, client, visit, gathered, done, entered };
}

describe("reception: what is waited for", () => {
  test.each([
    ["no body", "none", "no"],
    ["a body that is too large to be held", 65_537, "among the large ones"],
    ["a body of unknown length", undefined, "among the large ones"],
    ["the largest that is held", 65_536, "here"],
    ["a small one", 5, "here"],
  ] as [string, number | undefined | "none", string][])("%s", (_, length, waits) => {
    const { gathered, visit, entered } = setUp(length);
    expect([gathered !== undefined, visit.isHeld]).toEqual([waits === "here", waits === "here"]);
    expect(entered.length).toBe(waits === "among the large ones" ? 1 : 0);
  });

  test("a body that is here already is not waited for", () => {
    const client = new PlainClient({ hasBody: true, sentLength: true });
    const visit = Object.assign(visitOf(client), { bodyLength: 2 });
    admitBody(visit, 100);
    client.send("ok", true);
    const uploads = { saysContinue: false, enter: () => expect.unreachable() };
    const itsGroup = { silence: new Deadlines(new FakeClock(), 1), dispatch: { uploads } };
    expect(new Reception().gather(visit, itsGroup)).toBeUndefined();
  });
});

test("reception: a body that its client holds back is not waited for where the app is to say whether it may come", () => {
  const held = setUp(5, { awaitsContinue: true, saysContinue: true });
  expect([held.gathered, held.client.acts, held.entered.length]).toEqual([undefined, [], 1]);
  expect(setUp(5, { saysContinue: true }).gathered).toBeDefined();
});

describe("reception: while a body comes", () => {
  test("its client is let send it, and when it is whole the visit goes on with all of it", async () => {
    const { client, gathered, visit, done, ends } = setUp(5, { awaitsContinue: true });
    expect(client.acts).toEqual(["continue", "resume"]);
    client.send("abc");
    await null;
    expect(done).toEqual([]);
    client.send("de", true);
    await gathered;
    expect([String(visit.intake?.takeHeld()), ends.kinds, visit.isHeld]).toEqual(["abcde", [], true]);
  });

  test("a client that sends nothing for the socket timeout is given up; each piece begins it anew", () => {
    const { clock, client, ends } = setUp(5);
    for (const piece of ["a", "b", "c"]) {
      clock.advance(SILENCE_MS - 1);
      client.send(piece);
    }
    clock.advance(SILENCE_MS - 1);
    expect(ends.kinds).toEqual([]);
    clock.advance(1);
    expect(ends.kinds).toEqual(["request_timeout_client"]);
  });

  test("a client that leaves, or sends more than it may, ends it for good", async () => {
    for (const [act, kind] of [
      [(client: PlainClient) => client.listener?.onGone(), "client gone"],
      [(client: PlainClient) => client.send("x".repeat(1_000_001)), "request_body_too_large"],
    ] as const) {
      const { clock, client, reception, done, ends } = setUp(5);
      act(client);
      client.send("de", true);
      clock.advance(10 * SILENCE_MS);
      reception.abandon("shutting_down");
      await null;
      expect([ends.kinds, done]).toEqual([[kind], []]);
    }
  });

  test("all that is being received can be ended, and nothing else", () => {
    const { reception, ends, client } = setUp(5);
    const other = visitOf(new PlainClient(), 0, "other", ends);
    other.handTo(idleHolder());
    reception.abandon("shutting_down");
    reception.abandon("shutting_down");
    expect(ends.kinds).toEqual(["shutting_down"]);
    client.send("abcde", true);
    expect(other.isOver).toBe(false);
  });

  test("one that somebody else has by now is not this one's to end", () => {
    const { reception, clock, visit, ends, client } = setUp(5);
    client.send("abcde", true);
    visit.handTo(idleHolder());
    reception.abandon("shutting_down");
    clock.advance(10 * SILENCE_MS);
    expect(ends.kinds).toEqual([]);
  });
});
