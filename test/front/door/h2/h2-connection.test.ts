// One connection: how much it may hold, how long it may be silent, and how it ends.
import { describe, expect, test } from "bun:test";
import {
  CODE,
  FLAG,
  FRAME,
  SETTING,
  settingsFrame,
  WINDOW_MOST,
  wordFrame,
} from "../../../../src/http/h2/frames.ts";
import { data, frame } from "../../../support/h2-peer.ts";
import { encodeFields } from "../../../support/hpack.ts";
import { Heard } from "../players.ts";
import { GET, headers, POST } from "./frame-client.ts";
import { HEAD_MS, IDLE_MS, KernelWire } from "./wire.ts";

const LINGER_MS = 5000;
const GOODBYE_MS = 2000;
const pong = (wire: KernelWire) => {
  for (const { payload, flags } of wire.of(FRAME.ping))
    if (!(flags & FLAG.ack)) wire.send(frame(FRAME.ping, FLAG.ack, 0, payload));
};
const idsOf = (count: number) => Array.from({ length: count }, (_, n) => n * 2 + 1);

describe("requests at once", () => {
  test("there are a hundred, and one more may be sent again", async () => {
    const wire = new KernelWire();
    wire.send(...idsOf(101).map((id) => headers(id)));
    await wire.turn();
    expect([wire.arrivals.clients.length, wire.resetOf(201)]).toEqual([100, CODE.refused]);
    expect(wire.arrivals.refusals.map(({ error }) => error.cause_)).toEqual(["too_many_streams"]);
    wire.arrivals.clients[7]?.answer(200, "OK", [], "done");
    await wire.turn();
    wire.send(headers(203));
    expect(wire.arrivals.clients.length).toBe(101);
  });

  test("an answer keeps its place while a window holds it up", async () => {
    const wire = new KernelWire();
    wire.send(settingsFrame([[SETTING.initialWindowSize, 0]]), ...idsOf(100).map((id) => headers(id)));
    for (const client of wire.arrivals.clients) client.answer(200, "OK", [], "held up");
    await wire.turn();
    wire.send(headers(201));
    await wire.turn();
    expect([wire.resetOf(201), wire.hasAnswer(1)]).toEqual([CODE.refused, false]);
    wire.send(wordFrame(FRAME.windowUpdate, 0, 1, 100));
    await wire.turn();
    wire.send(headers(203));
    expect([wire.bodyOf(1), wire.hasAnswer(1), wire.arrivals.clients.length]).toEqual(["held up", true, 101]);
  });

  test("an answer, or what is left of one that was taken back, keeps its place until the client reads", async () => {
    const wire = new KernelWire();
    await wire.turn();
    wire.send(...idsOf(100).map((id) => headers(id)));
    wire.room = 3;
    wire.arrivals.clients[0]?.answer(200, "OK", [], "not read");
    await wire.turn();
    wire.arrivals.clients[1]?.answer(200, "OK", [], "nor this");
    wire.send(wordFrame(FRAME.reset, 0, 5, CODE.cancel));
    wire.arrivals.clients[3]?.cut();
    await wire.turn();
    wire.send(headers(201));
    expect(wire.arrivals.clients.length).toBe(100);
    wire.take();
    await wire.turn();
    wire.send(...[203, 205, 207, 209].map((id) => headers(id)));
    expect([wire.arrivals.clients.length, wire.resetOf(201)]).toEqual([104, CODE.refused]);
    expect([wire.bodyOf(1), wire.bodyOf(3), wire.resetOf(7)]).toEqual([
      "not read",
      "nor this",
      CODE.internal,
    ]);
  });
});

describe("limits", () => {
  test("a head in more bytes than may be is answered, and is the last", async () => {
    const wire = new KernelWire();
    wire.arrivals.refusalAnswer = { status: 431, reason: "Too Large", fields: [], body: "too large" };
    wire.send(headers(1));
    const block = encodeFields([...GET, ["x-a", "x".repeat(70_000)]]);
    wire.send(
      frame(FRAME.headers, FLAG.endStream, 3, block.subarray(0, 16_000)),
      ...[16_000, 32_000, 48_000].map((at) =>
        frame(FRAME.continuation, 0, 3, block.subarray(at, at + 16_000)),
      ),
      frame(FRAME.continuation, FLAG.endHeaders, 3, block.subarray(64_000)),
      headers(5),
    );
    await wire.turn();
    expect([wire.heads.get(3)?.[1], wire.bodyOf(3), wire.goodbyes.map(([last]) => last)]).toEqual([
      "431",
      "too large",
      [3],
    ]);
    expect([wire.arrivals.clients.length, wire.acts]).toEqual([1, []]);
    wire.arrivals.clients[0]?.answer(200, "OK", [], "still given");
    await wire.turn();
    expect([wire.bodyOf(1), wire.acts]).toEqual(["still given", ["shutdown"]]);
  });

  test("any number of fields is a request, with all crumbs of its cookie in one: how many may be is judged behind the door", async () => {
    const wire = new KernelWire();
    const fields = Array.from({ length: 198 }, (_, n) => [`x-${n}`, "1"] as const);
    const crumbs = Array.from({ length: 100 }, (_, n) => ["cookie", `c${n}=1`] as const);
    wire.send(headers(1, [...GET, ...fields, ...crumbs]));
    expect(wire.arrivals.clients[0]?.fields).toHaveLength(400);
    wire.send(headers(3, [...GET, ...fields, ["x-a", "1"], ["x-b", "2"]]));
    expect(wire.arrivals.clients[1]?.fields).toHaveLength(402);
    expect(wire.arrivals.refusals).toEqual([]);
  });

  test("fields that stand for more than may be, by numbers, are too large as well", async () => {
    const wire = new KernelWire();
    const name = Buffer.from([0x40, 1, 120, 0x7f, 0xa1, 0x1e]);
    const block = Buffer.concat([
      Buffer.from(encodeFields(GET)),
      name,
      Buffer.alloc(4000, 121),
      Buffer.alloc(2000, 0xbe),
    ]);
    wire.send(frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, block));
    await wire.turn();
    expect([wire.arrivals.refusals[0]?.error.cause_, wire.arrivals.clients]).toEqual([
      "request_head_too_large",
      [],
    ]);
  });

  test("what is not read is not answered without end", async () => {
    const wire = new KernelWire();
    await wire.turn();
    wire.room = 0;
    wire.send(headers(1));
    wire.arrivals.clients[0]?.answer(200, "OK", [], "");
    await wire.turn();
    for (let n = 0; n < 1000; n++) wire.send(frame(FRAME.ping, 0, 0, "12345678"), data(1, ""));
    wire.take();
    expect(wire.goodbyes.at(-1)?.[1]).toBe(CODE.calm);
  });

  test("a body of single bytes is handed on in few pieces", async () => {
    const wire = new KernelWire();
    wire.send(headers(1, POST, 0));
    const [client] = wire.arrivals.clients;
    const pieces: number[] = [];
    client?.receiveBody({ onPiece: ({ length }) => pieces.push(length), onBodyEnd() {} });
    wire.send(...Array.from({ length: 500 }, () => data(1, "x")));
    wire.send(data(1, "y", true));
    expect([pieces, client?.isBodyComplete]).toEqual([[500, 1], true]);
  });

  test("the window of a body that is taken as it comes grows, up to a limit, and that of another does not", async () => {
    const opened = async (takes: boolean) => {
      const wire = new KernelWire();
      wire.send(headers(1, POST, 0));
      const [client] = wire.arrivals.clients;
      client?.receiveBody({
        onPiece() {
          if (takes) return;
          client.pauseBody();
          queueMicrotask(() => client.resumeBody());
        },
        onBodyEnd() {},
      });
      let window = 131_072;
      const sizes: number[] = [];
      for (let n = 0; n < 200; n++) {
        wire.send(data(1, new Uint8Array(8192)));
        window -= 8192;
        await wire.turn();
        const seen = wire
          .of(FRAME.windowUpdate, 1)
          .slice(sizes.length)
          .map(({ payload }) => payload.readUInt32BE(0));
        sizes.push(...seen);
        for (const by of seen) window += by;
      }
      return [sizes.slice(0, 4), Math.max(...sizes), window <= 524_288, wire.goodbyes];
    };
    expect(await opened(true)).toEqual([[196_608, 393_216, 262_144, 262_144], 393_216, true, []]);
    expect(await opened(false)).toEqual([[65_536, 65_536, 65_536, 65_536], 65_536, true, []]);
  });

  test("a client that sends a frame of a body slowly is heard as it sends", () => {
    const wire = new KernelWire();
    wire.send(headers(1, POST, 0));
    const heard = new Heard(wire.arrivals.clients[0] as never);
    const bytes = data(1, "slowly", true);
    wire.send(bytes.subarray(0, 11));
    expect([heard.body, heard.bodyEnds]).toEqual(["sl", 0]);
    wire.clock.advance(HEAD_MS * 3);
    wire.send(bytes.subarray(11));
    expect([heard.body, heard.bodyEnds, wire.goodbyes]).toEqual(["slowly", 1, []]);
  });
});

describe("a client that stands still", () => {
  test("within a head is told that it was too slow, whatever else it asks", async () => {
    const wire = new KernelWire();
    wire.send(headers(1));
    const heard = new Heard(wire.arrivals.clients[0] as never);
    wire.send(headers(3).subarray(0, 12));
    wire.clock.advance(HEAD_MS - 1);
    wire.send(headers(3).subarray(12, 14));
    wire.clock.advance(1);
    await wire.turn();
    expect([wire.goodbyes, heard.gone, wire.acts]).toEqual([
      [[1, CODE.noError, "a frame did not come in time"]],
      1,
      ["shutdown"],
    ]);
    expect(wire.arrivals.refusals.map(({ error }) => error.cause_)).toEqual(["request_timeout_client"]);
  });

  test("within a header block of several frames as well, and within its greeting", async () => {
    const wire = new KernelWire();
    wire.send(frame(FRAME.headers, FLAG.endStream, 1, encodeFields(GET)));
    wire.clock.advance(HEAD_MS);
    const other = new KernelWire({ greets: false });
    other.send(Buffer.from("PRI * HT"));
    other.clock.advance(HEAD_MS);
    await wire.turn();
    expect([wire.acts, other.acts]).toEqual([["shutdown"], ["shutdown"]]);
  });

  test("without a request is let go when it has been told, and not while it has one", async () => {
    const wire = new KernelWire();
    wire.send(headers(1));
    wire.clock.advance(IDLE_MS * 2);
    expect(wire.goodbyes).toEqual([]);
    wire.arrivals.clients[0]?.answer(200, "OK", [], "");
    await wire.turn();
    wire.clock.advance(IDLE_MS - 1);
    await wire.turn();
    expect(wire.goodbyes).toEqual([]);
    wire.clock.advance(1);
    await wire.turn();
    pong(wire);
    await wire.turn();
    expect([wire.goodbyes.map(([last]) => last), wire.acts]).toEqual([[WINDOW_MOST, 1], ["close"]]);
    expect(wire.closed).toBe(1);
  });

  test("with an answer that it does not read is closed, and not while it reads slowly", async () => {
    const wire = new KernelWire();
    await wire.turn();
    wire.send(headers(1));
    wire.room = 0;
    wire.arrivals.clients[0]?.answer(200, "OK", [], "never read");
    await wire.turn();
    wire.clock.advance(IDLE_MS - 1);
    wire.take(1);
    wire.clock.advance(IDLE_MS);
    expect(wire.acts).toEqual([]);
    wire.clock.advance(IDLE_MS);
    expect([wire.acts, wire.closed]).toEqual([["close"], 1]);
  });

  test("on one stream is not taken for one that reads because others go on", async () => {
    const wire = new KernelWire();
    wire.send(settingsFrame([[SETTING.initialWindowSize, 0]]), headers(1), headers(3));
    const [still, other] = wire.arrivals.clients;
    for (const client of [still, other]) client?.sendHead(200, "OK", [], undefined);
    expect([still?.write(Buffer.from("still")), other?.write(Buffer.from("other"))]).toEqual([false, false]);
    await wire.turn();
    wire.room = 10;
    wire.send(wordFrame(FRAME.windowUpdate, 0, 3, 5));
    await wire.turn();
    wire.take();
    await wire.turn();
    expect([still?.hasTakenSome(), other?.hasTakenSome()]).toEqual([false, true]);
  });
});

describe("the end", () => {
  test("what is on its way when a connection is to end is taken, and what comes later is not", async () => {
    const wire = new KernelWire();
    wire.send(headers(1));
    wire.all.drain();
    await wire.turn();
    wire.send(headers(3));
    pong(wire);
    wire.send(headers(5), data(5, "x"));
    await wire.turn();
    expect(wire.goodbyes.map(([last, code]) => [last, code])).toEqual([
      [WINDOW_MOST, CODE.noError],
      [3, CODE.noError],
    ]);
    expect([wire.arrivals.clients.length, wire.acts]).toEqual([2, []]);
    for (const client of wire.arrivals.clients) client.answer(200, "OK", [], "given");
    await wire.turn();
    expect([wire.bodyOf(1), wire.bodyOf(3), wire.acts]).toEqual(["given", "given", ["shutdown"]]);
    wire.connection.onEnd();
    expect([wire.acts, wire.closed]).toEqual([["shutdown", "close"], 1]);
  });

  test("does not wait for a client that never answers the ping", async () => {
    const wire = new KernelWire();
    wire.all.drain();
    wire.clock.advance(GOODBYE_MS - 1);
    await wire.turn();
    expect(wire.acts).toEqual([]);
    wire.clock.advance(1);
    await wire.turn();
    expect([wire.goodbyes.map(([last]) => last), wire.acts]).toEqual([[WINDOW_MOST, 0], ["close"]]);
  });

  test("what a client sends behind its last answer is read over, for a time", async () => {
    const wire = new KernelWire();
    wire.send(headers(1));
    wire.all.drain();
    await wire.turn();
    pong(wire);
    wire.arrivals.clients[0]?.answer(200, "OK", [], "last");
    await wire.turn();
    wire.send(wordFrame(FRAME.windowUpdate, 0, 0, 4));
    expect(wire.acts).toEqual(["shutdown"]);
    wire.clock.advance(LINGER_MS);
    expect(wire.acts).toEqual(["shutdown", "close"]);
  });

  test("another ping's answer is none to this one", async () => {
    const wire = new KernelWire();
    wire.all.drain();
    wire.send(frame(FRAME.ping, FLAG.ack, 0, "12345678"));
    await wire.turn();
    expect(wire.goodbyes).toHaveLength(1);
  });

  test("a connection that comes while all end ends as well, with what it asks", async () => {
    const wire = new KernelWire({ greets: false });
    wire.all.drain();
    const late = new KernelWire();
    late.all.drain();
    late.send(headers(1));
    expect(late.arrivals.clients).toHaveLength(1);
  });

  test("a client that sends no more is gone, and gets what is here", async () => {
    const wire = new KernelWire();
    await wire.turn();
    wire.send(headers(1), headers(3));
    const heard = new Heard(wire.arrivals.clients[1] as never);
    wire.room = 0;
    wire.arrivals.clients[0]?.answer(200, "OK", [], "all here");
    await wire.turn();
    wire.connection.onEnd();
    expect([heard.gone, wire.acts]).toEqual([1, []]);
    wire.take();
    expect([wire.bodyOf(1), wire.acts, wire.closed]).toEqual(["all here", ["close"], 1]);
  });

  test("its last word is still given to a client that does not read at once, and not for ever", async () => {
    const wire = new KernelWire();
    await wire.turn();
    wire.room = 0;
    wire.send(data(1, "x"));
    expect(wire.acts).toEqual([]);
    wire.take(5);
    wire.clock.advance(LINGER_MS);
    expect(wire.acts).toEqual(["close"]);
  });

  test("nothing is left of it on the clock", async () => {
    const wire = new KernelWire();
    wire.send(headers(1));
    wire.all.drain();
    wire.leave();
    wire.clock.advance(IDLE_MS * 2);
    expect([wire.clock.pending(), wire.arrivals.bugs]).toEqual([[], []]);
  });
});
