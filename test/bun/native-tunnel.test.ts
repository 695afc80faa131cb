// Probes of taking a connection out of HTTP through Bun.serve's native door, as gw does for an upgrade: the bytes pass
// both ways from then on, with back-pressure, and each end of the connection is told by itself.
import { describe, expect, test } from "bun:test";
import { CONNECTION_UPGRADE, HAS_UPGRADE } from "../../src/front/native.ts";
import { type Arrival, echo, openDoor, request } from "./native-door.ts";

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

/** One client whose request has been answered with 101. */
async function openTunnel(bytes = UPGRADE) {
  let heard: Heard | undefined;
  const watchers = new Set<() => void>();
  const door = await openDoor({
    onArrival(arrival) {
      if (arrival.target !== "/") return echo(arrival);
      heard = takeOver(arrival, () => {
        for (const look of [...watchers]) look();
      });
    },
  });
  const client = await door.connect();
  await client.send(bytes);
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
    for (let turn = 0; turn < 20; turn++) {
      using other = await door.connect();
      await other.send(request("GET /ping"));
      await other.until("/ping");
    }
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
