// Prefaces of the PROXY protocol at the door of sockets, on real sockets and a clock that stands still.
import { afterEach, beforeEach, describe, expect, setDefaultTimeout } from "bun:test";
import { connect, type Socket } from "node:net";
import type { Client } from "../../../../src/front/door/client.ts";
import { RawConnections } from "../../../../src/front/door/raw/raw-connections.ts";
import { SocketDoor } from "../../../../src/front/door/socket/socket-door.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { eventually } from "../../../support/gw.ts";
import { ON_LINUX, testWith } from "../../../support/needs.ts";
import { Arrivals } from "../players.ts";

setDefaultTimeout(20_000);

const PREFACE = "PROXY TCP4 203.0.113.9 198.51.100.1 1234 443\r\n";
const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const WITHIN_MS = 5_000;

let clock: FakeClock;
let arrivals: Arrivals;
let door: SocketDoor;
let trusts: (address: string) => boolean;
const clients: Client[] = [];
const sockets: Socket[] = [];
let port = 0;

beforeEach(async () => {
  clock = new FakeClock();
  arrivals = new Arrivals();
  arrivals.onEach = (client: Client) => {
    clients.push(client);
    client.answer(200, "OK", [], "ok");
  };
  trusts = () => true;
  door = new SocketDoor({
    host: "127.0.0.1",
    port: 0,
    clock,
    headBytes: 65_536,
    headTimeoutMs: 10_000,
    keepAliveMs: 75_000,
    listener: arrivals,
    counter: { count() {} },
    http1: (options) => new RawConnections(options),
    prefaces: { withinMs: WITHIN_MS, isTrusted: (address) => trusts(address) },
  });
  port = await door.listen();
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  clients.length = 0;
  door.drain();
  clock.advance(10_000);
});

/** A connection, and whether it has ended. */
async function knock(): Promise<{ socket: Socket; state: { got: string; isClosed: boolean } }> {
  const state = { got: "", isClosed: false };
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket);
  socket.on("data", (piece) => {
    state.got += piece.toString("latin1");
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    state.isClosed = true;
  });
  const before = door.accepted;
  await eventually(() => door.accepted > before, "the door has it");
  return { socket, state };
}

/** Lets time pass in small steps until it is so: what comes late is looked for. */
const whileTimePasses = (isTrue: () => boolean, what: string) =>
  eventually(() => {
    clock.advance(1);
    return isTrue();
  }, what);

const causes = () => arrivals.refusals.map(({ error }) => error.cause_);

describe("prefaces", () => {
  testWith(ON_LINUX)(
    "prefaces: one that comes in pieces is waited for, and its client is the one in it",
    async () => {
      const { socket, state } = await knock();
      socket.write(PREFACE.slice(0, 20));
      for (let n = 0; n < 10; n++) clock.advance(1);
      expect(clients).toEqual([]);
      socket.write(PREFACE.slice(20) + REQUEST.slice(0, 5));
      socket.write(REQUEST.slice(5));
      await whileTimePasses(() => state.got.includes("ok"), "it is answered");
      const { address, port: from, local, scheme, proxied } = clients[0]!.peer;
      expect([address, from, local, scheme]).toEqual([
        "203.0.113.9",
        1234,
        { address: "198.51.100.1", port: 443 },
        "http",
      ]);
      expect(proxied).toMatchObject({ source: { address: "203.0.113.9" } });
    },
  );

  testWith(ON_LINUX)("prefaces: one that is not complete in time is refused, once", async () => {
    const { socket, state } = await knock();
    socket.write("PROXY TCP4 2");
    clock.advance(WITHIN_MS + 1);
    await eventually(() => state.isClosed, "it is closed");
    clock.advance(WITHIN_MS);
    expect([state.got, causes()]).toEqual(["", ["proxy_preface_timeout"]]);
  });

  testWith(ON_LINUX)(
    "prefaces: whoever is not trusted is refused before a byte of it is looked at",
    async () => {
      trusts = (address) => address !== "127.0.0.1";
      const { socket, state } = await knock();
      socket.write(PREFACE + REQUEST);
      await eventually(() => state.isClosed, "it is closed");
      expect([clients.length, causes()]).toEqual([0, ["proxy_preface_refused"]]);
      expect(arrivals.refusals[0]).toMatchObject({ address: "127.0.0.1", isAnswering: true });
    },
  );

  testWith(ON_LINUX)("prefaces: one who leaves without a word is nobody's fault", async () => {
    const { socket } = await knock();
    socket.end();
    await whileTimePasses(() => door.connections === 0, "it is gone");
    expect(causes()).toEqual([]);
  });

  testWith(ON_LINUX)(
    "prefaces: a door that drains waits for those that are on their way, for a moment",
    async () => {
      const [late, soon] = [await knock(), await knock()];
      door.drain();
      soon.socket.write(PREFACE + REQUEST);
      await whileTimePasses(() => soon.state.isClosed, "the one that asks is answered, and closed");
      expect(soon.state.got).toContain("Connection: close");
      clock.advance(1_000);
      await eventually(() => late.state.isClosed, "the other one is closed");
      expect([late.state.got, causes()]).toEqual(["", []]);
    },
  );
});
