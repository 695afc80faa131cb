import { describe, expect, test } from "bun:test";
import { AccessLog, matcherOf } from "../../../src/front/telling/access-log.ts";
import type { Visit } from "../../../src/front/visit/visit.ts";
import type { AccessLogSetup } from "../../../src/link/setups.ts";
import { captureLog } from "../../support/capture-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeClient, visitOf } from "../fakes.ts";

function setUp(changes: Partial<AccessLogSetup> = {}) {
  const clock = new FakeClock();
  const { log, lines: told } = captureLog();
  const written: { text: string; done: () => void }[] = [];
  const access = new AccessLog({
    format: "%U %s",
    sample: 1,
    exclude: [],
    ...changes,
    clock,
    log,
    write: (text, done) => void written.push({ text, done }),
  });
  const tell = (target: string, visit: Partial<Visit> = { status: 200 }) =>
    access.tell(Object.assign(visitOf(new FakeClient({ target }).client), visit), 1);
  return { access, clock, told, written, tell, text: () => written.map(({ text }) => text).join("") };
}

describe("access log", () => {
  test("lines leave together, a tenth of a second after the first", () => {
    const { tell, clock, written, text } = setUp();
    tell("/a");
    tell("/b");
    clock.advance(99);
    expect(written).toEqual([]);
    clock.advance(1);
    expect([written.length, text()]).toEqual([1, "/a 200\n/b 200\n"]);
    expect(clock.pending()).toEqual([]);
  });

  test("many leave at once", () => {
    const { tell, written } = setUp();
    for (let n = 0; n < 10_000; n++) tell(`/${n}`);
    expect(written.length).toBeGreaterThan(1);
    expect(written.every(({ text }) => text.endsWith("\n"))).toBe(true);
  });

  test("excluded paths have no line, whatever became of them", () => {
    const { tell, access, text } = setUp({ exclude: ["/healthz", "/assets/*"] });
    for (const target of ["/healthz?x", "/healthz/x", "/assets/a.js", "/assets", "/b"]) tell(target);
    void access.flushed();
    expect(text()).toBe("/healthz/x 200\n/assets 200\n/b 200\n");
  });

  test("of a sample, that part of what went well has a line, and all that failed", () => {
    const { tell, access, text } = setUp({ sample: 0.25 });
    for (let n = 0; n < 8; n++) tell("/well");
    tell("/bad", { status: 404 });
    tell("/cut", { status: 200, cause: "response_incomplete" });
    void access.flushed();
    expect(text()).toBe("/well 200\n/well 200\n/bad 404\n/cut 200\n");
  });

  test("a sample of nothing still tells what failed", () => {
    const { tell, access, text } = setUp({ sample: 0 });
    for (let n = 0; n < 100; n++) tell("/well");
    tell("/bad", { status: 500 });
    void access.flushed();
    expect(text()).toBe("/bad 500\n");
  });

  test("what nobody takes is dropped beyond a bound, counted and told once; it goes on when it is taken", () => {
    const { tell, access, clock, written, told } = setUp();
    const long = `/${"x".repeat(1000)}`;
    for (let n = 0; n < 3000; n++) tell(long);
    clock.advance(100);
    expect(access.lines + access.dropped).toBe(3000);
    expect(access.dropped).toBeGreaterThan(1500);
    expect(told.map(({ text }) => text)).toEqual([
      "access log lines are dropped: they come faster than they are taken",
    ]);
    const { dropped } = access;
    for (const { done } of written.splice(0)) done();
    expect(told[1]).toMatchObject({ text: "access log lines are taken again", fields: { dropped } });
    tell("/after");
    clock.advance(100);
    expect([written.length, access.dropped]).toEqual([1, dropped]);
  });

  test("flushed waits until all has left", async () => {
    const { tell, access, written } = setUp();
    await access.flushed();
    tell("/a");
    const order: string[] = [];
    const flushed = access.flushed().then(() => order.push("flushed"));
    order.push("taken");
    written[0]?.done();
    await flushed;
    expect(order).toEqual(["taken", "flushed"]);
  });
});

test("access log: a pattern is a path, or all below one", () => {
  const isExcluded = matcherOf(["/a", "/b/*"]);
  expect(["/a", "/a?x", "/a/", "/b", "/b/", "/b/c?x", "/x/a"].map(isExcluded)).toEqual([
    true,
    true,
    false,
    false,
    true,
    true,
    false,
  ]);
});
