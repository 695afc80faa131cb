// How a connection goes on after an answer: what may happen at once, and what must wait until the client has taken it.
import { describe, expect, test } from "bun:test";
import {
  ClientConnection,
  type ClientConnectionOwner,
} from "../../../../src/front/door/h1/client-connection.ts";
import type { NativeSocket } from "../../../../src/front/door/h1/native.ts";
import { onBug } from "../../../support/on-bug.ts";
import { FakeClient } from "../../fakes.ts";

function openConnection() {
  const acts: string[] = [];
  const socket = {
    closed: false,
    remoteAddress: undefined,
    close: () => acts.push("close"),
    closeIfIdle: () => acts.push("close if idle"),
    closeWhenDrained: () => acts.push("close when drained"),
    end: () => acts.push("half-close"),
    startPipelinedResponse: () => true,
  };
  const owner = {
    isDraining: false as boolean,
    endsNext: () => false,
    localOf: (address: string, port: number) => ({ address, port }),
    admit: () => acts.push("admit"),
    startIdle: () => acts.push("idle"),
    startLingering: () => acts.push("linger"),
    startTaking: () => acts.push("taking"),
    stopTaking: () => acts.push("taken"),
    onFlood: () => acts.push("flood"),
    onBug,
    stopTimers: () => {},
  } satisfies ClientConnectionOwner;
  const connection = new ClientConnection(socket as unknown as NativeSocket, owner);
  const begin = (given: { hasBody?: boolean } = {}) => {
    const fake = new FakeClient(given);
    connection.start(fake.client);
    acts.length = 0;
    return fake;
  };
  return { acts, socket, connection, owner, begin };
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
    expect(acts).toEqual(["taking"]);
    fake.take();
    expect(acts).toEqual(["taking", "idle", "taken"]);
  });

  test("with an upload half read this end is closed, behind the answer and never before", () => {
    const { acts, connection, begin } = openConnection();
    const fake = begin({ hasBody: true });
    fake.unsentBytes = 10;
    connection.onAnswered(fake.client, true);
    expect(acts).toEqual(["taking"]);
    fake.take();
    expect(acts).toEqual(["taking", "half-close", "linger", "taken"]);
    fake.end();
    expect(acts.at(-1)).toBe("close when drained");
  });

  test("with an upload whose end came before the answer was taken, it is closed when that is out", () => {
    const { acts, connection, begin } = openConnection();
    const fake = begin({ hasBody: true });
    fake.unsentBytes = 10;
    connection.onAnswered(fake.client, true);
    fake.end();
    fake.take();
    expect(acts).toEqual(["taking", "close when drained", "taken"]);
  });

  test("of requests that were sent ahead each begins when the answer before was taken", async () => {
    const { acts, connection, begin } = openConnection();
    const first = begin();
    const second = new FakeClient();
    connection.hold(second.client);
    first.unsentBytes = 10;
    connection.onAnswered(first.client, false);
    await Promise.resolve();
    expect(acts).toEqual(["taking"]);
    first.take();
    await Promise.resolve();
    expect([acts, connection.current]).toEqual([["taking", "taken", "admit"], second.client]);
  });

  test("of requests that were sent ahead none is run by a front that leaves", async () => {
    const { acts, connection, begin, owner } = openConnection();
    const first = begin();
    connection.hold(new FakeClient().client);
    first.unsentBytes = 10;
    connection.onAnswered(first.client, false);
    owner.isDraining = true;
    first.take();
    await Promise.resolve();
    expect([acts, connection.current]).toEqual([["taking", "close when drained", "taken"], undefined]);
  });

  test("what cannot be read is refused when the answer before was taken", () => {
    const { acts, connection, begin } = openConnection();
    const fake = begin();
    fake.unsentBytes = 10;
    connection.onAnswered(fake.client, false);
    expect(connection.isAhead).toBeTrue();
    connection.refuseLast(() => acts.push("refuse"));
    expect(acts).toEqual(["taking"]);
    fake.take();
    expect([acts, connection.isLeaving]).toEqual([["taking", "refuse", "taken"], true]);
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
    expect([isSettled, acts]).toEqual([true, ["taking", "taken"]]);
  });
});
