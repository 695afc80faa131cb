// What every door promises to the rest of the front, whatever protocol it speaks: run against each, on a real socket.
import { describe, expect, test } from "bun:test";
import { GwError } from "../../../src/core/errors.ts";
import type { Client, ClientTunnel } from "../../../src/front/door/client.ts";
import { eventually } from "../../support/gw.ts";
import { Arrivals, type Asked, Heard, type OpenDoor, type OpenedDoor, type Player } from "./players.ts";

/** More than all buffers between two sockets hold. */
const MUCH = 24 * 1024 * 1024;
/** Exchanges of another client, in which all of `MUCH` would come. */
const TURNS = 300;
const PIECE = new Uint8Array(65_536).fill(120);

type Act = [name: string, act: (client: Client) => void];

/** What may be done to a client whose answer has a head already. */
const ACTS_BEHIND_HEAD: readonly Act[] = [
  ["write", (client) => client.write(PIECE)],
  ["end", (client) => client.end()],
  ["hasTakenSome", (client) => client.hasTakenSome()],
];

/** What may be done to any client. */
const ACTS_ANYTIME: readonly Act[] = [
  ["refuseMore", (client) => client.refuseMore()],
  ["sendContinue", (client) => client.sendContinue()],
  ["pauseBody", (client) => client.pauseBody()],
  ["resumeBody", (client) => client.resumeBody()],
  ["receiveBody", (client) => client.receiveBody({ onPiece() {}, onBodyEnd() {} })],
  ["sendInterim", (client) => client.sendInterim(103, "Early Hints", ["Link", "</a>"])],
  ["sendHead", (client) => client.sendHead(500, "Wrong", [], undefined)],
  ["answer", (client) => client.answer(500, "Wrong", [], "wrong")],
  ["answerBodiless", (client) => client.answerBodiless(500, "Wrong", [], 5)],
  [
    "openTunnel",
    (client) => client.openTunnel("", [], { onClientBytes() {}, onClientWritable() {}, onClientClosed() {} }),
  ],
  ["cut", (client) => client.cut()],
];

const ACTS = [...ACTS_ANYTIME, ...ACTS_BEHIND_HEAD];

class Played implements Disposable {
  readonly arrivals: Arrivals;
  readonly opened: OpenedDoor;
  readonly #players: Player[] = [];

  constructor(arrivals: Arrivals, opened: OpenedDoor) {
    this.arrivals = arrivals;
    this.opened = opened;
  }

  get door() {
    return this.opened.door;
  }

  async connect(): Promise<Player> {
    const player = await this.opened.connect();
    this.#players.push(player);
    return player;
  }

  /** A player whose request has arrived. */
  async asked(request: Parameters<Player["ask"]>[0] = {}): Promise<[Player, Client]> {
    const player = await this.connect();
    const index = this.arrivals.clients.length;
    await player.ask(request);
    return [player, await this.arrivals.client(index)];
  }

  [Symbol.dispose](): void {
    for (const player of this.#players) player[Symbol.dispose]();
    this.opened[Symbol.dispose]();
    expect(this.arrivals.bugs).toEqual([]);
  }
}

export function describeDoor(name: string, open: OpenDoor): void {
  const setUp = async () => {
    const arrivals = new Arrivals();
    return new Played(arrivals, await open(arrivals));
  };
  describeRequests(name, setUp);
  describeBodies(name, setUp);
  describeAnswers(name, setUp);
  describePace(name, setUp);
  describeLeaving(name, setUp);
  describeTunnels(name, setUp);
  describeEnds(name, setUp);
  describeTrouble(name, setUp);
  describeMistakes(name, setUp);
}

type SetUp = () => Promise<Played>;

function describeRequests(name: string, setUp: SetUp): void {
  describe(`${name}: what a client asks`, () => {
    test("arrives as it was sent, with where it comes from", async () => {
      using set = await setUp();
      const fields = ["X-One", "1", "x-two", "caf\xe9", "X-One", "3"];
      const [player, client] = await set.asked({ method: "DELETE", target: "/a%2Fb/../c?d=%20", fields });
      expect([client.method, client.target]).toEqual(["DELETE", "/a%2Fb/../c?d=%20"]);
      const lower = client.fields.map((text, at) => (at % 2 === 0 ? text.toLowerCase() : text));
      const sent = fields.map((text, at) => (at % 2 === 0 ? text.toLowerCase() : text));
      expect(lower.slice(lower.indexOf("x-one"))).toEqual(sent);
      const { address, port, local } = client.peer;
      expect([address, port, local?.address]).toEqual(["127.0.0.1", player.port, "127.0.0.1"]);
      expect([client.malformed, client.mayOmitHost, client.wantsWebSocket]).toEqual([
        undefined,
        false,
        false,
      ]);
      expect([client.takesInterim, client.takesTrailers]).toEqual([true, true]);
    });

    test.each([
      ["no body", undefined, { hasBody: false, isBodyComplete: true }],
      ["a length", 5, { hasBody: true, sentLength: true, isBodyComplete: false }],
      ["a body of unknown length", "unknown", { hasBody: true, sentLength: false, isBodyComplete: false }],
    ] as const)("%s is told", async (_what, body, facts) => {
      using set = await setUp();
      const [, client] = await set.asked({ method: "POST", ...(body !== undefined && { body }) });
      expect(client).toMatchObject(facts);
    });
  });
}

function describeBodies(name: string, setUp: SetUp): void {
  describe(`${name}: the body of a request`, () => {
    test.each(["unknown", 11] as const)("comes to the byte, and its end once: length %s", async (body) => {
      using set = await setUp();
      const [player, client] = await set.asked({ method: "POST", body });
      const heard = new Heard(client);
      await player.sendBody("first");
      await heard.until(() => heard.body === "first", "the first piece");
      expect([heard.bodyEnds, client.isBodyComplete]).toEqual([0, false]);
      await player.sendBody("second");
      await player.endBody();
      await heard.until(() => heard.bodyEnds > 0, "the end");
      expect([heard.body, heard.bodyEnds, client.isBodyComplete]).toEqual(["firstsecond", 1, true]);
      client.answer(200, "OK", [], "got it");
      expect((await player.answer()).body).toBe("got it");
    });

    test("waits for who takes it later", async () => {
      using set = await setUp();
      const [player, client] = await set.asked({ method: "POST", body: "whole body" });
      // Whatever is asked after it has come after it.
      const [other, second] = await set.asked();
      second.answer(200, "OK", [], "");
      await other.answer();
      const heard = new Heard(client);
      await heard.until(() => client.isBodyComplete, "the end");
      expect(heard.body).toBe("whole body");
      client.answer(200, "OK", [], "");
      await player.answer();
    });

    test("comes no faster than it is taken, and whole", async () => {
      using set = await setUp();
      const [player, client] = await set.asked({ method: "POST", body: MUCH });
      const heard = new Heard(client);
      let bytes = 0;
      heard.onEach = () => {
        bytes += heard.body.length;
        heard.body = "";
        if (bytes < MUCH / 2) client.pauseBody();
      };
      const sent = player.sendBody("x".repeat(MUCH));
      await heard.until(() => bytes > 0, "the first piece");
      // Time for all of it to come, if anything did.
      set.arrivals.onEach = (other) => other.answer(200, "OK", [], "");
      const other = await set.connect();
      for (let n = 0; n < TURNS; n++) {
        await other.ask();
        await other.answer(n);
      }
      expect(bytes).toBeLessThan(MUCH / 2);
      while (bytes < MUCH) {
        client.resumeBody();
        await Bun.sleep(0);
      }
      await sent;
      await heard.until(() => client.isBodyComplete, "the end");
      expect(bytes).toBe(MUCH);
    }, 30_000);

    test("that breaks a rule is told to whoever answers, once, and he is heard where that can be", async () => {
      using set = await setUp();
      const [player, client] = await set.asked({ method: "POST", body: "unknown" });
      const heard = new Heard(client);
      await player.sendBody("first");
      await heard.until(() => heard.body === "first", "the first piece");
      await player.breakBody();
      await heard.until(() => heard.broken.length > 0, "that it is broken");
      // As whoever has a request does once that is over.
      client.listener = undefined;
      client.answer(400, "Bad Request", [], "no");
      if (set.opened.isMultiplexed) await set.asked().then(([, next]) => next.answer(200, "OK", [], ""));
      else expect(await player.untilEnded()).toMatchObject({ status: 400, body: "no", isLast: true });
      expect([heard.broken.length, heard.gone, heard.bodyEnds, set.arrivals.refusals]).toEqual([1, 0, 0, []]);
    });

    test.each([100, "unknown"] as const)(
      "that ends before its end has lost its client, and breaks no rule: length %p",
      async (body) => {
        using set = await setUp();
        const [player, client] = await set.asked({ method: "POST", body });
        const heard = new Heard(client);
        await player.sendBody("first");
        await heard.until(() => heard.body === "first", "the first piece");
        player.endSide();
        await heard.until(() => heard.gone > 0, "that its client has left");
        expect([heard.gone, heard.broken, heard.bodyEnds, set.arrivals.refusals]).toEqual([1, [], 0, []]);
      },
    );

    test("is sent when the client that holds it back is told to", async () => {
      using set = await setUp();
      const [player, client] = await set.asked({
        method: "POST",
        body: 2,
        fields: ["Expect", "100-continue"],
      });
      const heard = new Heard(client);
      client.sendContinue();
      await player.untilInterim(100);
      await player.sendBody("ok");
      await heard.until(() => client.isBodyComplete, "the body");
      client.answer(200, "OK", [], "");
      expect((await player.answer()).status).toBe(200);
    });
  });
}

function describeAnswers(name: string, setUp: SetUp): void {
  describe(`${name}: an answer`, () => {
    test.each(["a body", ""])("that is whole arrives so: %p", async (body) => {
      using set = await setUp();
      const [player, client] = await set.asked();
      client.answer(201, "Made", ["X-A", "1", "X-A", "2"], body);
      const got = await player.answer();
      expect([got.status, got.values("x-a"), got.body, got.isWhole]).toEqual([201, ["1", "2"], body, true]);
      expect(got.values("content-length")).toEqual([String(body.length)]);
      expect([client.isAnswered, got.isLast]).toEqual([true, false]);
    });

    test.each([
      ["HEAD", 200, 5],
      ["HEAD", 200, undefined],
      ["GET", 304, 5],
      ["GET", 304, undefined],
      ["DELETE", 204, undefined],
    ] as const)("to %s with status %i has no body, and the length %p", async (method, status, length) => {
      using set = await setUp();
      const [player, client] = await set.asked({ method });
      client.answerBodiless(status, "R", [], length);
      const got = await player.answer();
      expect([got.status, got.body, got.isLast]).toEqual([status, "", false]);
      expect(got.values("content-length")).toEqual(length === undefined ? [] : [String(length)]);
      await player.ask({ target: "/next" });
      (await set.arrivals.client(1)).answer(200, "OK", [], "next");
      expect((await player.answer(1)).body).toBe("next");
    });

    test.each([undefined, 11])("in pieces arrives piece by piece: length %p", async (length) => {
      using set = await setUp();
      const [player, client] = await set.asked();
      client.sendHead(200, "OK", ["X-A", "head first"], length);
      await player.until("head first");
      expect(client.write(Buffer.from("first"))).toBeTrue();
      await player.until("first");
      client.write(Buffer.from("second"));
      client.end();
      const got = await player.answer();
      expect([got.body, got.isWhole, got.isLast]).toEqual(["firstsecond", true, false]);
      expect(got.values("content-length")).toEqual(length === undefined ? [] : ["11"]);
    });

    test("has fields behind its body, where its length was not told", async () => {
      using set = await setUp();
      const [player, client] = await set.asked();
      client.sendHead(200, "OK", ["Trailer", "X-Sum"], undefined);
      client.write(Buffer.from("body"));
      client.end(["X-Sum", "7"]);
      const got = await player.answer();
      expect([got.body, got.trailers.map((line) => line.toLowerCase())]).toEqual(["body", ["x-sum: 7"]]);
    });

    test("has something said before it, and not behind its head", async () => {
      using set = await setUp();
      const [player, client] = await set.asked();
      client.sendInterim(103, "Early Hints", ["Link", "</a>"]);
      await player.untilInterim(103);
      client.sendHead(200, "OK", [], 2);
      client.sendInterim(103, "Early Hints", ["Link", "</b>"]);
      client.write(Buffer.from("ok"));
      client.end();
      const got = await player.answer();
      expect([got.interim, got.body]).toEqual([[103], "ok"]);
    });

    test.each(ACTS)("is the only one: %s does nothing behind it", async (_name, act) => {
      using set = await setUp();
      const [player, client] = await set.asked();
      client.answer(200, "OK", [], "the answer");
      act(client);
      expect((await player.answer()).body).toBe("the answer");
      act(client);
      await player.ask({ target: "/next" });
      (await set.arrivals.client(1)).answer(200, "OK", [], "the next");
      expect((await player.answer(1)).body).toBe("the next");
    });

    test("goes to its own request, of many that were sent at once", async () => {
      using set = await setUp();
      set.arrivals.onEach = (client) => client.answer(200, "OK", [], client.target);
      const player = await set.connect();
      const targets = Array.from({ length: 20 }, (_, n) => `/${n}`);
      await Promise.all(targets.map((target) => player.ask({ target })));
      for (const [n, target] of targets.entries()) expect((await player.answer(n)).body).toBe(target);
    });

    test.each([undefined, 100])("that is cut is seen to be broken off: length %p", async (length) => {
      using set = await setUp();
      const [player, client] = await set.asked();
      client.sendHead(200, "OK", [], length);
      client.write(Buffer.from("half"));
      await player.until("half");
      client.cut();
      const got = await player.untilEnded();
      expect([got?.body, got?.isWhole]).toEqual(["half", false]);
    });

    test("that never began is none", async () => {
      using set = await setUp();
      const [player, client] = await set.asked();
      client.cut();
      expect(await player.untilEnded()).toBeUndefined();
    });
  });
}

/** Writes until the client does not keep up; how many bytes those were. */
function fill(client: Client): number {
  let bytes = 0;
  let takes = true;
  while (takes && bytes < MUCH) {
    takes = client.write(PIECE);
    bytes += PIECE.length;
  }
  expect(takes).toBeFalse();
  return bytes;
}

function describePace(name: string, setUp: SetUp): void {
  describe(`${name}: a client that does not keep up`, () => {
    test("is waited for, and loses nothing", async () => {
      using set = await setUp();
      const [player, client] = await set.asked();
      const heard = new Heard(client);
      player.stopReading();
      client.sendHead(200, "OK", [], undefined);
      let bytes = fill(client);
      expect([heard.writable, client.hasTakenSome()]).toEqual([0, false]);
      player.goOnReading();
      await heard.until(() => heard.writable > 0, "room");
      expect(client.hasTakenSome()).toBeTrue();
      client.write(Buffer.from("last"));
      bytes += 4;
      client.end();
      const { body, isWhole } = await player.answer();
      expect([body.length, body.endsWith("xlast"), isWhole]).toEqual([bytes, true, true]);
    });

    test("is told to be taking what is complete, until it has all", async () => {
      using set = await setUp();
      const [player, client] = await set.asked();
      player.stopReading();
      client.answer(200, "OK", [], new Uint8Array(MUCH));
      expect(client.isTaking).toBeTrue();
      let settled = 0;
      client.whenSettled(() => settled++);
      expect(settled).toBe(0);
      player.goOnReading();
      expect((await player.answer()).body.length).toBe(MUCH);
      await eventually(() => settled > 0, "the answer to be taken");
      expect([settled, client.isTaking]).toEqual([1, false]);
    });

    test("settles as well when it leaves", async () => {
      using set = await setUp();
      const [player, client] = await set.asked();
      player.stopReading();
      client.answer(200, "OK", [], new Uint8Array(MUCH));
      let settled = 0;
      client.whenSettled(() => settled++);
      player.leave();
      await eventually(() => settled > 0, "the end of the answer");
      expect([settled, client.isTaking]).toEqual([1, false]);
    });

    test("can be cut although all is given", async () => {
      using set = await setUp();
      const [player, client] = await set.asked();
      player.stopReading();
      client.answer(200, "OK", [], new Uint8Array(MUCH));
      client.cut();
      player.goOnReading();
      expect((await player.untilEnded())?.isWhole).toBeFalse();
    });

    test("one that does has settled at once", async () => {
      using set = await setUp();
      const [player, client] = await set.asked();
      client.answer(200, "OK", [], "all");
      await player.answer();
      let settled = 0;
      client.whenSettled(() => settled++);
      expect([settled, client.isTaking]).toEqual([1, false]);
    });
  });
}

function describeLeaving(name: string, setUp: SetUp): void {
  describe(`${name}: a client that leaves`, () => {
    test.each([
      ["before its answer", {}, () => {}],
      ["in the middle of it", {}, (client: Client) => client.sendHead(200, "OK", [], undefined)],
      ["in the middle of its body", { method: "POST", body: 10 }, () => {}],
    ] as const)("%s is noticed, once", async (_when, request, act) => {
      using set = await setUp();
      const [player, client] = await set.asked(request);
      const heard = new Heard(client);
      act(client);
      player.leave();
      await heard.until(() => heard.gone > 0, "the client's leaving");
      expect([heard.gone, heard.bodyEnds]).toEqual([1, 0]);
    });

    test.each([
      ...ACTS_ANYTIME.map(([what, act]) => [what, "before its answer", act, false] as const),
      ...ACTS.map(([what, act]) => [what, "during it", act, true] as const),
    ])("may be done anything to, noticed or not yet: %s %s", async (_what, _when, act, isAnswering) => {
      using set = await setUp();
      const [player, client] = await set.asked({ method: "POST", body: 10 });
      new Heard(client);
      if (isAnswering) client.sendHead(200, "OK", [], undefined);
      player.leave();
      // Until its end is noticed, or the act was one that ends it here.
      await eventually(() => {
        act(client);
        return client.listener === undefined;
      }, "nobody is told of the client any more");
      act(client);
      const [other, next] = await set.asked();
      next.answer(200, "OK", [], "still here");
      expect((await other.answer()).body).toBe("still here");
    });
  });
}

/** Writes down what a tunnel tells. */
class TunnelHeard {
  bytes = "";
  closed = 0;
  onClientBytes(bytes: Uint8Array): void {
    this.bytes += Buffer.from(bytes).toString("latin1");
  }
  onClientWritable(): void {}
  onClientClosed(): void {
    this.closed++;
  }
}

function describeTunnels(name: string, setUp: SetUp): void {
  const openTunnel = async (set: Played): Promise<[Player, Client, ClientTunnel, TunnelHeard]> => {
    const [player, client] = await set.asked({ webSocket: true });
    expect(client.wantsWebSocket).toBeTrue();
    const heard = new TunnelHeard();
    const tunnel = client.openTunnel("Switching", ["X-A", "of the answer"], heard);
    if (!tunnel) throw new Error("no tunnel");
    await player.until("of the answer");
    return [player, client, tunnel, heard];
  };
  describe(`${name}: a switch to another protocol`, () => {
    test("carries bytes both ways, and ends behind the last of them", async () => {
      using set = await setUp();
      const [player, , tunnel, heard] = await openTunnel(set);
      await player.sendRaw("from the client");
      await eventually(() => heard.bytes === "from the client", "its bytes");
      tunnel.write(Buffer.from("from the front"));
      tunnel.end();
      await player.until("from the front");
      await player.untilEnded();
    });

    test("loses nothing that came with the request, and gives it once", async () => {
      using set = await setUp();
      const [player, client] = await set.asked({ webSocket: true, early: "at once, " });
      const heard = new TunnelHeard();
      const tunnel = client.openTunnel("Switching", ["X-A", "of the answer"], heard);
      await player.until("of the answer");
      await eventually(() => heard.bytes === "at once, ", "what came with the request");
      await player.sendRaw("and later");
      await eventually(() => heard.bytes.endsWith("and later"), "what came later");
      expect(heard.bytes).toBe("at once, and later");
      tunnel?.end();
      await player.untilEnded();
    });

    test("tells, once, that the client has left", async () => {
      using set = await setUp();
      const [player, , tunnel, heard] = await openTunnel(set);
      player.leave();
      await eventually(() => heard.closed > 0, "its end");
      tunnel.write(Buffer.from("nobody hears"));
      tunnel.pause();
      tunnel.resume();
      tunnel.end();
      expect(heard.closed).toBe(1);
    });

    test("is the answer: nothing else is done to the client afterwards", async () => {
      using set = await setUp();
      const [player, client, tunnel] = await openTunnel(set);
      for (const [, act] of ACTS) act(client);
      expect([client.isAnswered, client.isTaking]).toEqual([true, false]);
      tunnel.write(Buffer.from("only this"));
      await player.until("only this");
      tunnel.end();
      await player.untilEnded();
    });
  });
}

function describeEnds(name: string, setUp: SetUp): void {
  /** Whether another request of this client still arrives. */
  const expectLast = async (set: Played, player: Player, answered: number) => {
    const got = await player.answer(answered - 1);
    expect(got.isLast).toBeTrue();
    await player.ask({ target: "/too-late" }).catch(() => {});
    await player.untilEnded();
    expect(set.arrivals.clients).toHaveLength(answered);
  };

  describe(`${name}: the end of a connection`, () => {
    test("is told with the answer to a client that broke a rule, and nothing more is taken", async () => {
      using set = await setUp();
      const { isMultiplexed } = set.opened;
      const [player, client] = await set.asked(isMultiplexed ? { method: "POST", body: 10 } : {});
      const refuse = () => {
        client.refuseMore();
        client.answer(400, "Bad", [], "bad");
      };
      if (!isMultiplexed) {
        refuse();
        return await expectLast(set, player, 1);
      }
      const heard = new Heard(client);
      refuse();
      expect((await player.answer()).isLast).toBeFalse();
      await player.sendBody("ten bytes.");
      await player.ask({ target: "/next" });
      (await set.arrivals.client(1)).answer(200, "OK", [], "next");
      expect([(await player.answer(1)).body, heard.body]).toEqual(["next", ""]);
    });

    test("is decided once for each answer, by the front's word", async () => {
      using set = await setUp();
      const decided: boolean[] = [false, true];
      let asked = 0;
      set.door.endConnections(() => decided[asked++] ?? true);
      const [player, first] = await set.asked();
      first.sendHead(200, "OK", [], undefined);
      first.write(Buffer.from("kept"));
      first.end();
      expect((await player.answer(0)).isLast).toBeFalse();
      await player.ask({ target: "/second" });
      (await set.arrivals.client(1)).answer(200, "OK", [], "last");
      await expectLast(set, player, 2);
      expect(asked).toBe(2);
    });

    test("comes after an answer during an upload, which arrives although the client goes on sending", async () => {
      using set = await setUp();
      const [player, client] = await set.asked({ method: "POST", body: MUCH });
      player.stopReading();
      const sent = player.sendBody("x".repeat(MUCH));
      client.answer(413, "Too Large", [], "enough");
      await sent;
      player.goOnReading();
      const got = await player.answer();
      const { isMultiplexed = false } = set.opened;
      expect([got.body, got.isLast]).toEqual(["enough", !isMultiplexed]);
      if (!isMultiplexed) await player.untilEnded();
    });

    test("comes when the door drains: behind the present answer, and at once where nothing is asked", async () => {
      using set = await setUp();
      set.arrivals.onEach = (client) => {
        if (client.target === "/idle") client.answer(200, "OK", [], "");
      };
      const idle = await set.connect();
      await idle.ask({ target: "/idle" });
      await idle.answer();
      const [busy, client] = await set.asked();
      set.door.drain();
      await idle.untilEnded();
      client.answer(200, "OK", [], "the last");
      const got = await busy.answer();
      expect([got.body, got.isLast]).toEqual(["the last", true]);
      await busy.untilEnded();
      await eventually(() => set.door.connections === 0, "all to be gone");
    });

    test("comes as well behind an answer that had begun before the door drains", async () => {
      using set = await setUp();
      const [player, client] = await set.asked();
      client.sendHead(200, "OK", [], undefined);
      client.write(Buffer.from("begun"));
      await player.until("begun");
      set.door.drain();
      client.write(Buffer.from(", ended"));
      client.end();
      const got = await player.untilEnded();
      expect([got?.body, got?.isWhole]).toEqual(["begun, ended", true]);
    });

    test("closeIdle spares what is asked", async () => {
      using set = await setUp();
      const [idle, first] = await set.asked();
      first.answer(200, "OK", [], "");
      await idle.answer();
      const [busy, second] = await set.asked();
      set.door.closeIdle();
      await idle.untilEnded();
      expect(busy.isEnded).toBeFalse();
      second.answer(200, "OK", [], "spared");
      expect((await busy.answer()).body).toBe("spared");
    });

    test("connections are counted, those that were and those that are", async () => {
      using set = await setUp();
      const [first] = await set.asked();
      await set.asked();
      expect([set.door.connections, set.door.accepted]).toEqual([2, 2]);
      first.leave();
      await eventually(() => set.door.connections === 1, "one to be gone");
      expect(set.door.accepted).toBe(2);
    });
  });
}

function describeTrouble(name: string, setUp: SetUp): void {
  describe(`${name}: what is no request`, () => {
    test("is refused with an answer, the last one", async () => {
      using set = await setUp();
      set.arrivals.refusalAnswer = { status: 400, reason: "Bad", fields: ["X-A", "b"], body: "no request" };
      const player = await set.connect();
      await player.sendJunk();
      const got = await player.untilEnded();
      expect([got?.status, got?.body, got?.values("x-a")]).toEqual([400, "no request", ["b"]]);
      expect([got?.isWhole, got?.isLast]).toEqual([true, true]);
      const [refusal] = set.arrivals.refusals;
      expect(refusal).toMatchObject({ address: "127.0.0.1", isAnswering: false });
      expect(refusal?.error).toBeInstanceOf(GwError);
      expect(set.arrivals.clients).toEqual([]);
    });

    test("is refused without a word where there is no answer", async () => {
      using set = await setUp();
      const player = await set.connect();
      await player.sendJunk();
      expect(await player.untilEnded()).toBeUndefined();
      expect(set.arrivals.refusals).toHaveLength(1);
    });
  });
}

/** What the front does by word of the door, beside hearing of a request: in each of them it may make a mistake. */
const MISTAKES: readonly (readonly [
  when: string,
  asks: Asked,
  meet: (player: Player, client: Client, fail: () => never) => Promise<void> | void,
])[] = [
  [
    "as its body comes",
    { method: "POST", body: 10 },
    (player, client, fail) => {
      client.receiveBody({ onPiece: fail, onBodyEnd() {} });
      return player.sendBody("0123456789");
    },
  ],
  [
    "as its body ends",
    { method: "POST", body: 10 },
    (player, client, fail) => {
      client.receiveBody({ onPiece() {}, onBodyEnd: fail });
      return player.sendBody("0123456789");
    },
  ],
  [
    "as it takes bytes again",
    {},
    (player, client, fail) => {
      player.stopReading();
      client.listener = { onGone() {}, onBroken() {}, onWritable: fail };
      client.sendHead(200, "OK", [], undefined);
      fill(client);
      player.goOnReading();
    },
  ],
  [
    "as it has taken all",
    {},
    (player, client, fail) => {
      player.stopReading();
      client.answer(200, "OK", [], new Uint8Array(MUCH));
      client.whenSettled(fail);
      player.goOnReading();
    },
  ],
  [
    "as it leaves",
    {},
    (player, client, fail) => {
      client.listener = { onGone: fail, onBroken() {}, onWritable() {} };
      player.leave();
    },
  ],
  [
    "as bytes come through its tunnel",
    { webSocket: true },
    async (player, client, fail) => {
      client.openTunnel("", ["X-A", "b"], {
        onClientBytes: fail,
        onClientWritable() {},
        onClientClosed() {},
      });
      await player.until("b");
      await player.sendRaw("hello");
    },
  ],
  [
    "as it leaves its tunnel",
    { webSocket: true },
    async (player, client, fail) => {
      client.openTunnel("", ["X-A", "b"], {
        onClientBytes() {},
        onClientWritable() {},
        onClientClosed: fail,
      });
      await player.until("b");
      player.leave();
    },
  ],
];

function describeMistakes(name: string, setUp: SetUp): void {
  describe(`${name}: a mistake of ours ends the connection that met it, and no other`, () => {
    test("as its request comes", async () => {
      using set = await setUp();
      const mistake = new Error("ours");
      set.arrivals.onEach = ({ target }) => {
        if (target === "/bad") throw mistake;
      };
      const [other, client] = await set.asked();
      const player = await set.connect();
      await player.ask({ target: "/bad" });
      await player.untilEnded();
      expect(set.arrivals.bugs.splice(0)).toEqual([mistake]);
      client.answer(200, "OK", [], "goes on");
      expect((await other.answer()).body).toBe("goes on");
    });

    test.each(MISTAKES)("%s", async (_when, asks, meet) => {
      using set = await setUp();
      const [other, unconcerned] = await set.asked();
      const [player, client] = await set.asked(asks);
      const mistake = new Error("ours");
      await meet(player, client, () => {
        throw mistake;
      });
      await set.arrivals.watch.until(
        () => set.arrivals.bugs.length > 0,
        () => "somebody to be told of the mistake",
      );
      await eventually(() => set.door.connections === 1, "one connection is left");
      expect(set.arrivals.bugs.splice(0)).toEqual([mistake]);
      unconcerned.answer(200, "OK", [], "goes on");
      expect((await other.answer()).body).toBe("goes on");
    });
  });
}
