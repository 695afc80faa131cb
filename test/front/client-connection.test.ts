// How a connection goes on after an answer: what may happen at once, and what must wait until the client has taken it.
import { describe, expect, test } from "bun:test";
import { ClientConnection, type ConnectionOwner } from "../../src/front/client-connection.ts";
import type { NativeSocket } from "../../src/front/native.ts";
import { FakeClient } from "./fakes.ts";

function openConnection() {
  const acts: string[] = [];
  const socket = {
    closed: false,
    remoteAddress: undefined,
    close: () => acts.push("close"),
    closeWhenDrained: () => acts.push("close when drained"),
    end: () => acts.push("half-close"),
    startPipelinedResponse: () => true,
    ondrain: () => {},
    readStart: () => acts.push("read"),
    upgradeToTunnel: () => {},
    write: () => true,
  };
  const owner: ConnectionOwner = {
    isDraining: false,
    admit: () => acts.push("admit"),
    startIdle: () => acts.push("idle"),
    startLingering: () => acts.push("linger"),
    onFlood: () => acts.push("flood"),
    stopTimers: () => {},
  };
  const connection = new ClientConnection(socket as unknown as NativeSocket, owner);
  const begin = (given: { hasBody?: boolean } = {}) => {
    const fake = new FakeClient(given);
    connection.start(fake.client);
    acts.length = 0;
    return fake;
  };
  return { acts, socket, connection, begin };
}

describe("connection: after an answer", () => {
  test("that the client has taken it is idle, and told so once", () => {
    const { acts, connection, begin } = openConnection();
    connection.onAnswered(begin().client, false);
    expect(acts).toEqual(["idle"]);
  });

  test("that the client has yet to take it is not idle before that", () => {
    const { acts, connection, begin } = openConnection();
    const fake = begin();
    fake.unsentBytes = 10;
    connection.onAnswered(fake.client, false);
    expect(acts).toEqual([]);
    fake.take();
    expect(acts).toEqual(["idle"]);
  });

  test("with an upload half read this end is closed, behind the answer and never before", () => {
    const { acts, connection, begin } = openConnection();
    const fake = begin({ hasBody: true });
    fake.unsentBytes = 10;
    connection.onAnswered(fake.client, true);
    expect(acts).toEqual([]);
    fake.take();
    expect(acts).toEqual(["half-close", "linger"]);
    fake.end();
    expect(acts).toEqual(["half-close", "linger", "close when drained"]);
  });

  test("with an upload whose end came before the answer was taken, it is closed when that is out", () => {
    const { acts, connection, begin } = openConnection();
    const fake = begin({ hasBody: true });
    fake.unsentBytes = 10;
    connection.onAnswered(fake.client, true);
    fake.end();
    fake.take();
    expect(acts).toEqual(["close when drained"]);
  });

  test("of requests that were sent ahead each begins when the answer before was taken", async () => {
    const { acts, connection, begin } = openConnection();
    const first = begin();
    const second = new FakeClient();
    connection.hold(second.client);
    first.unsentBytes = 10;
    connection.onAnswered(first.client, false);
    await Promise.resolve();
    expect(acts).toEqual([]);
    first.take();
    await Promise.resolve();
    expect([acts, connection.current]).toEqual([["admit"], second.client]);
  });

  test("what cannot be read is refused when the answer before was taken", () => {
    const { acts, connection, begin } = openConnection();
    const fake = begin();
    fake.unsentBytes = 10;
    connection.onAnswered(fake.client, false);
    expect(connection.isAhead).toBeTrue();
    connection.refuseLast(() => acts.push("refuse"));
    expect(acts).toEqual([]);
    fake.take();
    expect([acts, connection.isLeaving]).toEqual([["refuse"], true]);
  });

  test("whoever waits for an answer to be taken hears of it when the connection is closed", () => {
    const { acts, connection, begin, socket } = openConnection();
    const fake = begin({ hasBody: true });
    fake.unsentBytes = 10;
    connection.onAnswered(fake.client, true);
    let isSettled = false;
    fake.client.whenSettled(() => {
      isSettled = true;
    });
    socket.closed = true;
    connection.onClosed();
    expect([isSettled, acts]).toEqual([true, []]);
  });
});

describe("connection: a WebSocket", () => {
  const silent = { onClientBytes() {}, onClientWritable() {}, onClientClosed() {} };

  test("that the worker has ended is read over for a time, which begins anew when the client takes bytes", () => {
    const { acts, connection, begin, socket } = openConnection();
    const tunnel = connection.openTunnel(begin().client, "head", silent);
    tunnel.end();
    expect(acts).toEqual(["read", "half-close", "linger"]);
    socket.ondrain();
    expect(acts.at(-1)).toBe("linger");
    connection.onDue();
    expect(acts.at(-1)).toBe("close");
  });

  test("that is closed already is not ended", () => {
    const { acts, connection, begin, socket } = openConnection();
    const tunnel = connection.openTunnel(begin().client, "head", silent);
    socket.closed = true;
    tunnel.end();
    expect(acts).toEqual([]);
  });
});
