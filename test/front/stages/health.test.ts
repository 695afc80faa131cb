import { describe, expect, test } from "bun:test";
import { healthStage } from "../../../src/front/stages/health.ts";
import { Ends, FakeClient, visitOf } from "../fakes.ts";

function ask(target: string, { isReady = true, method = "GET", hasBody = false } = {}) {
  const fake = new FakeClient({ target, method, hasBody });
  const ends = new Ends();
  const visit = visitOf(fake.client, 0, "visit-1", ends);
  visit.target = target;
  void healthStage(
    { health: "/live", ready: "/ready" },
    { isReady: () => isReady, date: () => "now" },
  )(visit);
  return { sent: fake.sent[0], kinds: ends.kinds, acts: fake.acts, visit };
}

describe("health checks on the port of clients", () => {
  test.each([
    ["/live", true, 200],
    ["/live?x", false, 200],
    ["/ready", true, 200],
    ["/ready", false, 503],
  ])("%s, ready: %p, is answered with %d", (target, isReady, status) => {
    const { sent, kinds, visit } = ask(target, { isReady });
    expect([sent?.status, visit.status, kinds]).toEqual([status, status, ["answered"]]);
    expect(visit.sentBytes).toBe(sent?.body?.length ?? 0);
  });

  test.each(["/", "/live/", "/live/x", "/LIVE", "/x?/live"])("%s is the app's", (target) => {
    expect(ask(target)).toMatchObject({ sent: undefined, kinds: [] });
  });

  test("other methods are the app's; HEAD has the head of GET", () => {
    expect(ask("/live", { method: "POST" }).kinds).toEqual([]);
    const { sent } = ask("/live", { method: "HEAD" });
    expect([sent?.status, sent?.body]).toEqual([200, undefined]);
  });

  test("a body is not waited for", () => {
    expect(ask("/live", { hasBody: true }).acts).toEqual(["answered, close"]);
  });
});

test("health checks: only what is named is taken", () => {
  const fake = new FakeClient({ target: "/ready" });
  void healthStage({ health: "/live" }, { isReady: () => true, date: () => "" })(visitOf(fake.client));
  expect(fake.sent).toEqual([]);
});
