import { describe, expect, test } from "bun:test";
import { type AppEvent, EventSource } from "../../../src/worker/module/events.ts";

function setUp() {
  const reported: unknown[] = [];
  const heard: unknown[] = [];
  const events = new EventSource((thrown) => reported.push(thrown));
  return { events, reported, heard };
}

const DRAIN = { reason: "script_reload", requestsWithinMs: 1, streamsWithinMs: 2 };

describe("events", () => {
  test("a listener hears until it is taken off, and one that is given twice hears twice", () => {
    const { events, heard } = setUp();
    const listen = (event: unknown) => heard.push(event);
    const off = events.on("stopping", listen);
    events.on("stopping", listen);
    expect(events.hears("stopping")).toBe(true);
    events.tellStopping("a");
    off();
    off();
    events.tellStopping("b");
    expect(heard).toEqual([{ reason: "a" }, { reason: "a" }, { reason: "b" }]);
    expect(events.hears("drain")).toBe(false);
  });

  test("what one listener throws or rejects with is told, and the others are called all the same", async () => {
    const { events, heard, reported } = setUp();
    events.on("stopping", () => {
      throw new Error("thrown");
    });
    events.on("stopping", async () => {
      throw new Error("rejected");
    });
    events.on("stopping", () => heard.push("called"));
    await events.tellStopping("x");
    expect(heard).toEqual(["called"]);
    expect(reported.map(String)).toEqual(["Error: thrown", "Error: rejected"]);
  });

  test("a drain begins once; who listens later hears of it at once, unless taken off before", async () => {
    const { events, heard } = setUp();
    events.on("drain", (event) => heard.push(["early", event]));
    events.beginDrain(DRAIN);
    events.beginDrain({ ...DRAIN, reason: "shutdown_signal" });
    events.on("drain", (event) => heard.push(["late", event]));
    events.on("drain", () => heard.push("never"))();
    expect(heard).toEqual([["early", DRAIN]]);
    await Promise.resolve();
    expect(heard).toEqual([
      ["early", DRAIN],
      ["late", DRAIN],
    ]);
    events.on("stopping", ({ reason }) => heard.push(reason));
    events.tellStopping("drain");
    expect(heard.at(-1)).toBe("script_reload");
  });

  test("what stops is waited for only where a listener promises something", async () => {
    const { events } = setUp();
    const gate = Promise.withResolvers<void>();
    events.on("stopping", () => {});
    expect(events.tellStopping("x")).toBeUndefined();
    events.on("stopping", () => gate.promise);
    const done = events.tellStopping("x");
    expect(Bun.peek.status(done as Promise<unknown>)).toBe("pending");
    gate.resolve();
    await done;
  });

  test("a name that is none and a listener that is none are told to the app's author", () => {
    const { events } = setUp();
    expect(() => events.on("drained" as AppEvent, () => {})).toThrow(
      'gw has no event "drained"; there are requestStarted, requestFinished, requestException, drain, stopping',
    );
    expect(() => events.on("toString" as AppEvent, () => {})).toThrow("gw has no event");
    expect(() => events.on("drain", undefined as never)).toThrow("The listener for the event drain");
  });
});
