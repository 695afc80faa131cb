import { describe, expect, test } from "bun:test";
import { H1Tunnel } from "../../../../src/front/door/h1/h1-tunnel.ts";
import type { NativeResponse, NativeSocket } from "../../../../src/front/door/h1/native.ts";

function openTunnel({ takes = true } = {}) {
  const acts: string[] = [];
  const socket = {
    closed: false,
    ondrain: undefined as (() => void) | undefined,
    write: () => takes,
    end: () => acts.push("half-close"),
    readStart: () => acts.push("read"),
    upgradeToTunnel: () => {},
  };
  const tunnel = new H1Tunnel(socket as unknown as NativeSocket, {
    startIdle: () => acts.push("idle"),
    startLingering: () => acts.push("linger"),
    guarded: (act) => act(),
  });
  const onClientWritable = () => acts.push("writable");
  tunnel.open({} as NativeResponse, "head", undefined, {
    onClientBytes() {},
    onClientWritable,
    onClientClosed() {},
  });
  return { acts, socket, tunnel };
}

describe("client tunnel: the end of this side", () => {
  test("for a client that has taken everything: what it still sends is read over for a time", () => {
    const { acts, tunnel } = openTunnel();
    tunnel.write(new Uint8Array(1));
    tunnel.end();
    expect(acts).toEqual(["read", "half-close", "linger"]);
  });

  test("for a client that has yet to take some: that time begins when it has", () => {
    const { acts, tunnel, socket } = openTunnel({ takes: false });
    expect(tunnel.write(new Uint8Array(1))).toBeFalse();
    tunnel.end();
    expect(acts).toEqual(["read", "half-close", "idle"]);
    socket.ondrain?.();
    expect(acts.at(-1)).toBe("linger");
  });

  test("for a client that had to be waited for, and has caught up since", () => {
    const { acts, tunnel, socket } = openTunnel({ takes: false });
    tunnel.write(new Uint8Array(1));
    socket.ondrain?.();
    tunnel.end();
    expect(acts).toEqual(["writable", "read", "half-close", "linger"]);
  });

  test("of a connection that is closed already is nothing", () => {
    const { acts, tunnel, socket } = openTunnel();
    socket.closed = true;
    tunnel.end();
    expect([acts, tunnel.write(new Uint8Array(1))]).toEqual([[], true]);
  });
});
