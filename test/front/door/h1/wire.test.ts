import { expect, test } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { findConnection, leadsTo } from "../../../../ffi/connections.ts";
import { KernelWire } from "../../../../src/front/door/h1/wire.ts";
import { makeFileTree, numberedBytes } from "../../../support/file-tree.ts";
import { ON_LINUX, testWith } from "../../../support/needs.ts";

/** Both ends of `count` connections to one address. */
async function connections(host: string, count: number) {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const accepted: Socket[] = [];
  const clients: Socket[] = [];
  for (let at = 0; at < count; at++) {
    const arrival = new Promise<Socket>((resolve) => server.once("connection", resolve));
    clients.push(connect(port, host));
    accepted.push(await arrival);
  }
  const close = () => {
    for (const socket of [...accepted, ...clients]) socket.destroy();
    server.close();
  };
  return { accepted, clients, [Symbol.dispose]: close };
}

const endsOf = (socket: Socket) => ({
  address: socket.remoteAddress ?? "",
  port: socket.remotePort ?? 0,
  local: { address: socket.localAddress ?? "", port: socket.localPort ?? 0 },
});

for (const host of ["127.0.0.1", "::1"]) {
  testWith(ON_LINUX)(`wire: each connection of ${host} gets its own bytes`, async () => {
    using tree = makeFileTree({ file: numberedBytes(1000) });
    using open = await connections(host, 5);
    const fd = openSync(`${tree.path}/file`, "r");
    const wires = open.accepted.map((socket) => new KernelWire(endsOf(socket)));
    for (const [at, wire] of wires.entries()) expect(wire.sendFile(fd, at * 100, 100)).toBe(100);
    for (const [at, client] of open.clients.entries()) {
      const got = await new Promise<Buffer>((resolve) => client.once("data", resolve));
      expect(got.equals(numberedBytes(1000).subarray(at * 100, at * 100 + 100))).toBe(true);
    }
    closeSync(fd);
  });
}

testWith(ON_LINUX)(
  "wire: the end of the file and a client that takes no more are nothing, what fails is not known",
  async () => {
    using tree = makeFileTree({ file: numberedBytes(4_000_000) });
    using open = await connections("127.0.0.1", 1);
    const [socket] = open.accepted;
    if (!socket) throw new Error("no connection");
    const fd = openSync(`${tree.path}/file`, "r");
    const wire = new KernelWire(endsOf(socket));
    expect(wire.sendFile(fd, 4_000_000, 100)).toBe(0);
    open.clients[0]?.pause();
    let position = 0;
    for (let sent = 1; sent; position += sent) sent = wire.sendFile(fd, position % 3_000_000, 1_000_000) ?? 0;
    expect(position).toBeGreaterThan(0);
    expect(wire.sendFile(-1, 0, 100)).toBeUndefined();
    closeSync(fd);
  },
);

test("wire: nothing is sent to anybody else", () => {
  const nobody = { address: "192.0.2.1", port: 9, local: { address: "192.0.2.2", port: 80 } };
  expect(new KernelWire(nobody).sendFile(0, 0, 1)).toBeUndefined();
  expect(new KernelWire({ ...nobody, local: undefined }).sendFile(0, 0, 1)).toBeUndefined();
  expect(
    findConnection({ address: new Uint8Array(4), port: 1 }, { address: new Uint8Array(4), port: 2 }),
  ).toBeUndefined();
  expect(leadsTo(1, { address: new Uint8Array(16), port: 0 })).toBe(false);
});
