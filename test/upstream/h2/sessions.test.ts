// The HTTP/2 connections to one worker, over a real UNIX socket: when there is another one, and when one goes.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { FLAG, FRAME, SETTING, wordFrame } from "../../../src/http/h2/frames.ts";
import { overUnixSocket, Sessions } from "../../../src/upstream/h2/sessions.ts";
import type { Stream } from "../../../src/upstream/h2/stream.ts";
import { data, frame, head } from "../../support/h2-peer.ts";
import { onBug } from "../../support/on-bug.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { openingOf, Told } from "../../support/told-exchange.ts";
import { headOf } from "../request-of.ts";
import { ask, LINE_MOST, setUp } from "./over-http2.ts";

type Set = ReturnType<typeof setUp>;

/** Asks for a connection that is to be opened, and begins a whole request the moment it is. */
const askOnNew = (sessions: Sessions): Promise<Told> =>
  new Promise((resolve, reject) =>
    sessions.open(openingOf<Stream>((stream) => resolve(ask(stream)), reject)),
  );

/** A whole exchange, after which the worker's settings are known. */
async function warmUp(set: Set): Promise<void> {
  const warm = ask(await set.stream());
  await set.peer.until(() => set.peer.requests.length === 1, "the request");
  set.peer.send(head(1, [], FLAG.endStream));
  await warm.ended();
}

describe("http/2 sessions: how many", () => {
  test("nothing is opened before anybody asks, and whoever asks meanwhile waits for the same connection", async () => {
    using set = setUp();
    expect([set.sessions.take(), set.sessions.hasRoom, set.sessions.size]).toEqual([undefined, false, 0]);
    const told = await Promise.all([1, 2, 3].map(() => askOnNew(set.sessions)));
    await set.peer.until(() => set.peer.requests.length === 3, "three requests");
    expect([set.peer.opened, set.sessions.size, set.sessions.hasRoom]).toEqual([1, 1, true]);
    set.peer.send(...[1, 3, 5].map((id) => head(id, [], FLAG.endStream)));
    await Promise.all(told.map((one) => one.ended()));
    // It stays, for the next one.
    expect([set.sessions.take() !== undefined, set.peer.open]).toEqual([true, 1]);
  });

  test("more than the worker takes at once go over a second connection, which goes when nothing is on it", async () => {
    using set = setUp([[SETTING.maxConcurrentStreams, 2]]);
    await warmUp(set);
    for (let n = 0; n < 2; n++) ask(await set.stream());
    expect([set.sessions.hasRoom, set.sessions.take()]).toEqual([false, undefined]);
    const further = await askOnNew(set.sessions);
    await set.peer.until(() => set.peer.requests.length === 4, "the request on the second connection");
    expect([set.peer.opened, set.sessions.size]).toEqual([2, 2]);
    set.peer.send(head(1, [], FLAG.endStream));
    await further.ended();
    expect([further.events, set.sessions.hasRoom]).toEqual([["head 200", "end"], true]);
  });

  test("those that one connection has no room for wait for the next one", async () => {
    using set = setUp();
    // More than the 100 that gw gives a worker which has not said how many it takes; all of them at once.
    await Promise.all(Array.from({ length: 130 }, () => askOnNew(set.sessions)));
    await set.peer.until(() => set.peer.requests.length === 130, "all requests");
    expect([set.peer.opened, set.sessions.size]).toEqual([2, 2]);
  });

  test("who has left while it was opened gets no place, and nobody else is kept waiting", async () => {
    using set = setUp();
    const heard: string[] = [];
    set.sessions.open({
      isWanted: false,
      onOpened: () => heard.push("opened"),
      onRefused: (reason) => heard.push(reason),
    });
    await askOnNew(set.sessions);
    expect([heard, set.sessions.size]).toEqual([[], 1]);
  });
});

describe("http/2 sessions: a worker that does not read", () => {
  test("what the kernel does not take waits, and leaves when it does", async () => {
    using set = setUp([[SETTING.initialWindowSize, 100_000]]);
    await warmUp(set);
    set.peer.send(wordFrame(FRAME.windowUpdate, 0, 0, 10_000_000), frame(FRAME.ping, 0, 0, "12345678"));
    await set.peer.until(() => set.peer.of(FRAME.ping).length === 1, "that the window was taken on");
    set.peer.pause();
    const body = Buffer.alloc(60_000, "0123456789");
    const streams = await Promise.all(Array.from({ length: 40 }, () => set.stream()));
    const told = streams.map((stream) => {
      const one = new Told("POST");
      stream.begin(one, headOf("POST", body.length), body, true);
      return one;
    });
    await new Promise(setImmediate);
    expect(told.every(({ drains }) => drains === 0)).toBe(true);
    set.peer.resume();
    const isWhole = () => streams.every(({ id }) => set.peer.bodyOf(id).length === body.length);
    await set.peer.until(isWhole, "all bodies");
    for (const { id } of streams) expect(set.peer.bodyOf(id).equals(body)).toBe(true);
  });
});

describe("http/2 sessions: where nothing listens", () => {
  test("each that waits is refused once, with a reason, but for who has left; the next one tries anew", async () => {
    using temp = makeTempDir();
    const sessions = new Sessions(overUnixSocket(join(temp.path, "none.sock")), LINE_MOST, {
      onLarge() {},
      onBug,
    });
    const heard: string[] = [];
    sessions.open({
      isWanted: false,
      onOpened: () => heard.push("opened"),
      onRefused: (reason) => heard.push(reason),
    });
    for (const round of [1, 2]) {
      const tried = await Promise.allSettled([askOnNew(sessions), askOnNew(sessions)]);
      const reasons = tried.map((one) => (one.status === "rejected" ? String(one.reason.message) : ""));
      expect([round, reasons[0] !== "", reasons[0] === reasons[1]]).toEqual([round, true, true]);
    }
    expect([heard, sessions.size, sessions.hasRoom]).toEqual([[], 0, false]);
  });
});

describe("http/2 sessions: how large a head may be", () => {
  test("what Bun takes before the worker has said anything, and then what it says", async () => {
    using set = setUp([[SETTING.maxHeaderListSize, 500]]);
    expect([set.sessions.takes(16_384), set.sessions.takes(16_385)]).toEqual([true, false]);
    await warmUp(set);
    expect([set.sessions.takes(500), set.sessions.takes(501)]).toEqual([true, false]);
  });
});

describe("http/2 sessions: their end", () => {
  test("one whose worker is leaving gets nothing new, and goes with its last exchange", async () => {
    using set = setUp();
    const told = ask(await set.stream());
    await set.peer.until(() => set.peer.requests.length === 1, "the request");
    set.peer.send(frame(FRAME.goAway, 0, 0, new Uint8Array(8)), frame(FRAME.ping, 0, 0, "12345678"));
    await set.peer.until(() => set.peer.of(FRAME.ping).length === 1, "the answer to the ping");
    expect([set.sessions.take(), set.sessions.hasRoom]).toEqual([undefined, false]);
    set.peer.send(head(1), data(1, "ok", true));
    await told.ended();
    expect(told.body).toBe("ok");
    await set.peer.until(() => set.peer.open === 0, "the end of the connection");
  });

  test("closing ends what is idle at once, and what is busy when its last exchange is over", async () => {
    using set = setUp();
    const [first, second] = [ask(await set.stream()), ask(await set.stream())];
    await set.peer.until(() => set.peer.requests.length === 2, "both requests");
    set.sessions.close();
    set.peer.send(head(1, [], FLAG.endStream));
    await first.ended();
    expect(set.peer.open).toBe(1);
    set.peer.send(head(3), data(3, "whole", true));
    await second.ended();
    expect([second.events, second.body]).toEqual([["head 200", "end"], "whole"]);
    await set.peer.until(() => set.peer.open === 0, "the end of the connection");

    using other = setUp();
    await warmUp(other);
    other.sessions.close();
    await other.peer.until(() => other.peer.open === 0, "the end of the idle connection");
  });

  test("closed while one is being opened, it carries who waits for it, and goes when nobody does", async () => {
    using set = setUp();
    const waiting = askOnNew(set.sessions);
    set.sessions.close();
    const told = await waiting;
    await set.peer.until(() => set.peer.requests.length === 1, "the request");
    set.peer.send(head(1, [], FLAG.endStream));
    await told.ended();
    await set.peer.until(() => set.peer.open === 0, "the end of the connection");

    using other = setUp();
    other.sessions.open({ isWanted: false, onOpened() {}, onRefused() {} });
    other.sessions.close();
    await other.peer.until(() => other.peer.opened === 1 && other.peer.open === 0, "the end");
  });

  test("one that is lost is forgotten, and the next request opens another", async () => {
    using set = setUp();
    await warmUp(set);
    const lost = ask(await set.stream());
    await set.peer.until(() => set.peer.requests.length === 2, "the second request");
    set.peer.terminate();
    await lost.ended();
    expect([lost.failure?.kind, set.sessions.size, set.sessions.take()]).toEqual(["lost", 0, undefined]);
    ask(await set.stream());
    await set.peer.until(() => set.peer.requests.length === 3, "the request on a new connection");
    expect([set.peer.opened, set.sessions.size]).toEqual([2, 1]);
  });

  test("a worker that ends its side is left, as one that breaks off", async () => {
    using set = setUp();
    const told = ask(await set.stream());
    await set.peer.until(() => set.peer.requests.length === 1, "the request");
    set.peer.end();
    await told.ended();
    expect(told.failure).toEqual({ kind: "lost", sent: true, answered: false });
    await set.peer.until(() => set.peer.open === 0, "the end of the connection");
    expect(set.sessions.size).toBe(0);
  });

  test("what an answer that turned out to be large was asked for is told", async () => {
    using set = setUp();
    const told = ask(await set.stream());
    await set.peer.until(() => set.peer.requests.length === 1, "the request");
    set.peer.send(head(1), ...[1, 2, 3].map(() => data(1, "x".repeat(16_000))), data(1, "", true));
    await told.ended();
    expect(set.large).toEqual(["/"]);
  });
});
