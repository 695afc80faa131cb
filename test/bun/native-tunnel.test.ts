// Probes of taking a connection out of HTTP through Bun.serve's native door, as gw does for an upgrade: the bytes pass
// both ways from then on, with back-pressure, and each end of the connection is told by itself.
import { describe, expect, test } from "bun:test";
import { CONNECTION_UPGRADE, HAS_UPGRADE } from "../../src/front/door/h1/native.ts";
import { type Arrival, type Door, echo, openDoor, request } from "./native-door.ts";

const UPGRADE = request("GET /", "Connection: upgrade\r\nUpgrade: websocket\r\n");
const SWITCHING = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
const LARGE = 20_000_000;

type Heard = { text: string; bytes: number; isLast: boolean; isClosed: boolean };

/** Takes the connection over on the stack of the dispatch. */
function takeOver({ socket, response }: Arrival, onHeard: () => void): Heard {
  const heard: Heard = { text: "", bytes: 0, isLast: false, isClosed: false };
  socket.ondata = (piece, isLast) => {
    if (heard.bytes < 1000) heard.text += Buffer.from(piece).toString("latin1");
    heard.bytes += piece.length;
    heard.isLast ||= isLast;
    onHeard();
  };
  socket.ondrain = () => {};
  socket.onclose = () => {
    heard.isClosed = true;
    onHeard();
  };
  socket.upgradeToTunnel(false, response);
  socket.write(SWITCHING, "latin1");
  return heard;
}

/**
 * One client whose request has been answered with 101. `isLater`: not on the stack of its dispatch, where reading is paused,
 * but when the client has sent `beforehand`.
 */
async function openTunnel(bytes = UPGRADE, { isLater = false, beforehand = "" } = {}) {
  let heard: Heard | undefined;
  let takeOverLater = () => {};
  const watchers = new Set<() => void>();
  const door = await openDoor({
    onArrival(arrival) {
      if (arrival.target !== "/") return echo(arrival);
      const begin = () => {
        heard = takeOver(arrival, () => {
          for (const look of [...watchers]) look();
        });
        if (isLater) arrival.response.resume();
      };
      if (isLater) arrival.response.pause();
      if (isLater) takeOverLater = begin;
      else begin();
    },
  });
  const client = await door.connect();
  await client.send(bytes);
  if (isLater) await door.arrival(0);
  await client.send(beforehand);
  if (isLater) await pingThrough(door);
  takeOverLater();
  await client.until(SWITCHING);
  const arrival = await door.arrival(0);
  if (!heard) throw new Error("nothing was taken over");
  const told = heard;
  return {
    door,
    client,
    arrival,
    socket: arrival.socket,
    heard: told,
    until: (isMet: (heard: Heard) => boolean) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (isMet(told) && watchers.delete(look)) resolve();
        };
        watchers.add(look);
        look();
      }),
    [Symbol.dispose]() {
      client.terminate();
      door[Symbol.dispose]();
    },
  };
}

/** Another client has been answered: what was sent before is where it will stay. */
async function pingThrough(door: Door) {
  using other = await door.connect();
  await other.send(request("GET /ping"));
  await other.until("/ping");
}

describe("native tunnel", () => {
  test("an upgrade has both bits, each of its two fields alone has one of them", async () => {
    using tunnel = await openTunnel();
    const both = HAS_UPGRADE | CONNECTION_UPGRADE;
    expect(tunnel.arrival.bits & both).toBe(both);
    using client = await tunnel.door.connect();
    await client.send(
      request("GET /1", "Upgrade: websocket\r\n") + request("GET /2", "Connection: upgrade\r\n"),
    );
    await client.until("/2");
    const alone = tunnel.door.arrivals.slice(1).map(({ bits }) => bits & both);
    expect(alone.toSorted()).toEqual([HAS_UPGRADE, CONNECTION_UPGRADE].toSorted());
  });

  test("bytes pass both ways, and are never taken for requests", async () => {
    using tunnel = await openTunnel();
    await tunnel.client.send(`${request("GET /2")}\0\xff`);
    await tunnel.until(({ text }) => text.endsWith("\0\xff"));
    expect(tunnel.heard.text).toBe(`${request("GET /2")}\0\xff`);
    expect(tunnel.door.arrivals).toHaveLength(1);
    expect(tunnel.socket.write(Buffer.from([0, 255]))).toBe(true);
    expect(await tunnel.client.until("\0\xff")).toBe(`${SWITCHING}\0\xff`);
  });

  test("what comes in one packet with the head is given at the dispatch, and not again", async () => {
    using tunnel = await openTunnel(`${UPGRADE}early`);
    await tunnel.client.send("late");
    await tunnel.until(({ text }) => text.endsWith("late"));
    expect(Buffer.from(tunnel.arrival.early ?? []).toString()).toBe("early");
    expect(tunnel.heard.text).toBe("late");
  });

  test("taken over in a later turn, what came in one packet with the head comes again before the next bytes", async () => {
    // What begins like no request at all the parser refuses; where nobody closes for that, the same holds.
    using late = await openTunnel(`${UPGRADE}GET`, { isLater: true });
    expect(Buffer.from(late.arrival.early ?? []).toString()).toBe("GET");
    await late.client.send("late");
    await late.until(({ text }) => text.endsWith("late"));
    expect(late.heard.text).toBe("GETlate");
  });

  test("paused at the dispatch, nothing that comes later is taken for a request, and all of it is there when taken over", async () => {
    using late = await openTunnel(UPGRADE, { isLater: true, beforehand: request("GET /2") });
    await late.until(({ text }) => text === request("GET /2"));
    expect(late.door.arrivals.map(({ target }) => target)).not.toContain("/2");
  });

  test("write is false when the client does not keep up, keeps what it was given, and ondrain follows", async () => {
    using tunnel = await openTunnel();
    const { client, socket } = tunnel;
    client.pause();
    const drained = new Promise<void>((resolve) => {
      socket.ondrain = resolve;
    });
    expect(socket.write(new Uint8Array(LARGE))).toBe(false);
    client.resume();
    await drained;
    await client.until((text) => text.length === SWITCHING.length + LARGE);
  });

  test("readStop holds the client back, readStart brings the rest", async () => {
    using tunnel = await openTunnel();
    const { client, socket, door } = tunnel;
    socket.readStop();
    const sending = client.send(new Uint8Array(LARGE));
    for (let turn = 0; turn < 20; turn++) await pingThrough(door);
    expect(tunnel.heard.bytes).toBeLessThan(LARGE / 2);
    socket.readStart();
    await sending;
    await tunnel.until(({ bytes }) => bytes === LARGE);
  });

  test("a client that closes its side is told as the last piece, one that vanishes by onclose", async () => {
    using closing = await openTunnel();
    closing.client.end();
    await closing.until(({ isLast, isClosed }) => isLast || isClosed);
    using vanishing = await openTunnel();
    vanishing.client.terminate();
    await vanishing.until(({ isLast, isClosed }) => isLast || isClosed);
  });

  test("end closes after what was written, as long as ondrain is set", async () => {
    using tunnel = await openTunnel();
    tunnel.socket.write(Buffer.alloc(LARGE, 97));
    tunnel.socket.end();
    expect((await tunnel.client.untilClosed()).length).toBe(SWITCHING.length + LARGE);
  });
});
