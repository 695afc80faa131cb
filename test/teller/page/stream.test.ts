// Who gets which sections, and when.
import { describe, expect, test } from "bun:test";
import type { Picture } from "../../../src/control/picture.ts";
import { readView } from "../../../src/teller/page/parts/view.ts";
import { PageStream } from "../../../src/teller/page/stream.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { NOW_MS, picture } from "../../support/picture.ts";

const view = (query = "") => readView(new URLSearchParams(query));

function setUp() {
  const clock = new FakeClock();
  let asked = 0;
  const state: { told: Picture | undefined } = { told: picture() };
  const stream = new PageStream({
    clock,
    ask: async () => {
      asked++;
      return state.told;
    },
  });
  /** Lets so much time pass, and whoever waits for it act. */
  const pass = async (ms: number) => {
    clock.advance(ms);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  };
  return { clock, stream, state, pass, asked: () => asked };
}

/** What has come so far, as the sections of each event; `over` when the stream has ended. */
function follow(body: ReadableStream<Uint8Array>) {
  const reader = body.getReader();
  const events: string[][] = [];
  const decoder = new TextDecoder();
  void (async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return events.push(["over"]);
      const data = /^data: (.*)$/m.exec(decoder.decode(value))?.[1];
      if (data) events.push(Object.keys(JSON.parse(data)));
    }
  })();
  return { events, leave: () => reader.cancel() };
}

describe("stream", () => {
  test("everything at first, then what has changed, each two seconds", async () => {
    const { stream, state, pass } = setUp();
    const { events } = follow(stream.open(view(), 1));
    await pass(0);
    expect(events[0]).toContain("s-workers");
    await pass(2_000);
    expect(events[1]).toEqual([]);
    state.told = { ...picture(), atMs: NOW_MS + 4_000, active: { requests: [], total: 0 } };
    await pass(2_000);
    expect(events[2]).toContain("s-summary");
    expect(events[2]).toContain("s-requests");
    expect(events[2]).not.toContain("s-groups");
  });

  test("however many look, the supervisor is asked once; without anybody not at all", async () => {
    const { stream, pass, asked, clock } = setUp();
    const all = ["", "sort=cpu", "worker=1"].map((query) => follow(stream.open(view(query), 1)));
    await pass(0);
    await pass(2_000);
    expect(asked()).toBe(2);
    expect(all.map(({ events }) => events.length)).toEqual([2, 2, 2]);
    expect(all[2]?.events[0]).toEqual(["s-summary", "s-worker"]);
    for (const { leave } of all) await leave();
    await pass(2_000);
    expect(clock.pending()).toEqual([]);
    await pass(60_000);
    expect(asked()).toBe(3);
  });

  test("a supervisor that does not answer is asked again", async () => {
    const { stream, state, pass } = setUp();
    const { events } = follow(stream.open(view(), 1));
    state.told = undefined;
    await pass(0);
    await pass(2_000);
    expect(events).toEqual([]);
    state.told = picture();
    await pass(2_000);
    expect(events.length).toBe(1);
  });

  test("he has come by a front end of a generation that has left meanwhile: he is sent on at once", async () => {
    const { stream, state, pass } = setUp();
    const { events } = follow(stream.open(view(), 1));
    state.told = { ...picture(), status: { ...picture().status, generation: 2 } };
    await pass(0);
    expect(events.at(-1)).toEqual(["over"]);
  });

  test.each([
    ["another generation serves", { generation: 2 }],
    ["gw stops", { state: "stopping" as const }],
  ])("when %s he is to come back by the next front end", async (_name, status) => {
    const { stream, state, pass } = setUp();
    const { events } = follow(stream.open(view(), 1));
    await pass(0);
    state.told = { ...picture(), status: { ...picture().status, ...status } };
    await pass(2_000);
    expect(events.at(-1)).toEqual(["over"]);
  });

  test("whoever takes nothing gets nothing more, and costs no memory", async () => {
    const { stream, state, pass } = setUp();
    const reader = stream.open(view("all"), 1).getReader();
    for (let turn = 0; turn < 40; turn++) {
      state.told = picture({ requests: 1_000, atMs: NOW_MS + turn * 2_000 });
      await pass(2_000);
    }
    let bytes = 0;
    for (let more = true; more; ) {
      const next = await Promise.race([reader.read(), Promise.resolve().then(() => undefined)]);
      if (next?.value) bytes += next.value.length;
      else more = false;
    }
    expect(bytes).toBeLessThan(5 * 2 ** 20);
  });

  test("of more than a hundred nobody is let in", async () => {
    const { stream } = setUp();
    for (let n = 0; n < 100; n++) stream.open(view(), 1);
    expect(stream.isFull).toBe(true);
  });
});
