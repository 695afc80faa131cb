// Which way a request goes to its worker, and that both ways are one for who asks.
import { describe, expect, test } from "bun:test";
import type { Carrier } from "../../src/upstream/exchange.ts";
import { listSizeOf } from "../../src/upstream/h2/request-block.ts";
import { REMEMBERED_FOR } from "../../src/upstream/large-answers.ts";
import type { RequestHead } from "../../src/upstream/request-head.ts";
import { suitsHttp2, Upstream } from "../../src/upstream/upstream.ts";
import { onBug } from "../support/on-bug.ts";
import { okAnswer, type ScriptedOptions, ScriptedWorker } from "../support/scripted-worker.ts";
import { Told } from "../support/told-exchange.ts";
import { headOf } from "./request-of.ts";

describe("upstream: which requests suit HTTP/2", () => {
  test.each([
    ["one without a body", {}, true],
    ["one with an empty body", { body: 0 }, true],
    ["a body of 64 kB", { body: 65_536 }, true],
    ["a larger one", { body: 65_537 }, false],
    ["one of unknown length", { body: "chunked" as const }, false],
    ["a WebSocket", { webSocket: true }, false],
    ["any method", { method: "PURGE" }, true],
  ] satisfies [string, Partial<RequestHead>, boolean][])("%s", (_, given, suits) => {
    expect(suitsHttp2({ ...headOf(), ...given }, () => true)).toBe(suits);
  });

  test("one whose head the worker takes", () => {
    const head = { ...headOf(), fields: ["A", "x".repeat(1_000)] };
    const size = listSizeOf(head);
    expect([size, size - 1].map((most) => suitsHttp2(head, (own) => own <= most))).toEqual([true, false]);
  });
});

function setUp(options: ScriptedOptions & { speaksHttp2?: boolean } = {}) {
  const worker = new ScriptedWorker({ http2: true, ...options });
  const { speaksHttp2 = true } = options;
  const upstream = new Upstream({ path: worker.path, headerLineBytes: 1024, http2: speaksHttp2, onBug });
  return {
    worker,
    upstream,
    [Symbol.dispose]() {
      upstream.close();
      worker[Symbol.dispose]();
    },
  };
}

/** Sends a whole request by the way that is there or is opened for it. */
function ask(upstream: Upstream, head: RequestHead = headOf()): Promise<Told> {
  const told = new Told(head.method);
  const begin = (way: Carrier) => {
    const length = typeof head.body === "number" ? head.body : 0;
    way.begin(told, head, length > 0 ? Buffer.alloc(length, "b") : undefined, true);
    return told;
  };
  const there = upstream.take(head);
  if (there) return Promise.resolve(begin(there));
  return new Promise((resolve, reject) =>
    upstream.open(head, {
      isWanted: true,
      onOpened: (way) => resolve(begin(way)),
      onRefused: (reason) => reject(new Error(reason)),
    }),
  );
}

/** Whether each request came by HTTP/2: its connection is then a stream of one. */
const forms = (worker: ScriptedWorker) => worker.requests.map(({ connection }) => "head" in connection);

const LARGE = `HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n${"x".repeat(40_000)}`;

describe("upstream: two ways to one worker", () => {
  test("what suits goes over HTTP/2, the rest over HTTP/1.1, each over what is there", async () => {
    using set = setUp({ answer: okAnswer });
    for (const body of [undefined, 70_000, undefined, 70_000]) {
      const told = await ask(set.upstream, headOf("POST", body));
      await told.ended();
      expect([told.events, told.body]).toEqual([["head 200", "end"], "ok"]);
    }
    expect(forms(set.worker)).toEqual([true, false, true, false]);
    expect([set.worker.accepted, set.upstream.size]).toEqual([2, 2]);
  });

  test("to a worker that does not take HTTP/2, everything goes over HTTP/1.1", async () => {
    using set = setUp({ answer: okAnswer, speaksHttp2: false });
    expect([set.upstream.hasIdle, set.upstream.take(headOf())]).toEqual([false, undefined]);
    await (await ask(set.upstream)).ended();
    expect([forms(set.worker), set.upstream.hasIdle, set.upstream.size]).toEqual([[false], true, 1]);
    expect(set.upstream.take(headOf())).toBeDefined();
    expect(set.upstream.hasIdle).toBe(false);
  });

  test("after a large answer, requests for that path go over HTTP/1.1 for a while", async () => {
    using set = setUp({
      answer: (request) => (request.target.startsWith("/large") ? LARGE : okAnswer(request)),
    });
    const targets = ["/large?1", "/large?2", "/small", "/large"];
    for (const target of targets) await (await ask(set.upstream, { ...headOf(), target })).ended();
    expect(forms(set.worker)).toEqual([true, false, true, false]);
    for (let n = 0; n < REMEMBERED_FOR; n++) set.upstream.take({ ...headOf(), target: "/large" });
    await (await ask(set.upstream, { ...headOf(), target: "/large" })).ended();
    expect(forms(set.worker).at(-1)).toBe(true);
  });
});

describe("upstream: requests that find no connection", () => {
  test("each counts once towards the time for which a path is remembered", async () => {
    using set = setUp({ answer: (request) => (request.target === "/large" ? LARGE : okAnswer(request)) });
    const head = { ...headOf(), target: "/large" };
    await (await ask(set.upstream, head)).ended();
    for (let n = 1; n < REMEMBERED_FOR; n++) {
      set.upstream.dropIdle();
      await (await ask(set.upstream, head)).ended();
    }
    expect(forms(set.worker)).toEqual([true, ...new Array(REMEMBERED_FOR - 1).fill(false)]);
  });
});

describe("upstream: its end", () => {
  test("what is idle is dropped, and HTTP/2 hears of the worker's end by itself", async () => {
    using set = setUp({ answer: okAnswer });
    await (await ask(set.upstream, headOf("POST", 70_000))).ended();
    await (await ask(set.upstream)).ended();
    set.upstream.dropIdle();
    await set.worker.until(() => set.worker.open === 1, "the idle connection to be closed");
    expect([set.upstream.size, set.upstream.hasIdle]).toEqual([1, true]);
  });

  test("closing ends both ways, each when nothing is on it any more", async () => {
    using set = setUp();
    const told = [await ask(set.upstream), await ask(set.upstream, headOf("POST", 70_000))];
    const requests = [await set.worker.next(), await set.worker.next()];
    set.upstream.close();
    expect(set.worker.open).toBe(2);
    for (const request of requests) await (await request.whole()).answer(okAnswer(request));
    for (const one of told) await one.ended();
    expect(told.map(({ events }) => events.at(-1))).toEqual(["end", "end"]);
    await set.worker.until(() => set.worker.open === 0, "both connections to be closed");
    expect(set.upstream.size).toBe(0);
  });
});
