// What the kernel sends on a connection of the runtime goes between what the runtime sends itself, if it waits for a turn of
// the loop: what was written in the same turn comes behind it. Used by src/front/files/delivery.ts.
import { expect } from "bun:test";
import { closeSync, openSync } from "node:fs";
import { plainAddress } from "../../src/core/addresses.ts";
import { KernelWire } from "../../src/front/door/h1/wire.ts";
import { makeFileTree } from "../support/file-tree.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";
import { openDoor, request } from "./native-door.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

testWith(ON_LINUX)(
  "native sendfile: in the order of turns, within a length, and the connection goes on",
  async () => {
    using tree = makeFileTree({ file: "-kernel-" });
    const fd = openSync(`${tree.path}/file`, "r");
    using door = await openDoor();
    using client = await door.connect();
    for (let round = 0; round < 3; round++) {
      await client.send(request("GET /"));
      const { response, socket } = await door.arrival(round);
      const [remote, local] = [socket.remoteAddress, socket.localAddress];
      if (!remote || !local) throw new Error("no ends");
      const wire = new KernelWire({
        address: plainAddress(remote.address),
        port: remote.port,
        local: { address: plainAddress(local.address), port: local.port },
      });
      response.writeHead(200, "OK", ["Content-Length", "24"]);
      response.flushHeaders();
      for (let part = 0; part < 2; part++) {
        await turn();
        expect(response.bufferedAmount).toBe(0);
        expect(wire.sendFile(fd, 0, 8)).toBe(8);
        await turn();
        response.write(Buffer.from(`own${part}`));
      }
      await turn();
      response.end();
      const text = await client.until((all) => all.split("own1").length - 1 > round);
      expect(text).toEndWith("\r\n\r\n-kernel-own0-kernel-own1");
    }
    closeSync(fd);
  },
);

testWith(ON_LINUX)("native sendfile: what was written in one turn with it comes behind it", async () => {
  using tree = makeFileTree({ file: "-kernel-" });
  const fd = openSync(`${tree.path}/file`, "r");
  using door = await openDoor();
  using client = await door.connect();
  await client.send(request("GET /"));
  const { response, socket } = await door.arrival(0);
  const [remote, local] = [socket.remoteAddress, socket.localAddress];
  if (!remote || !local) throw new Error("no ends");
  const wire = new KernelWire({
    address: plainAddress(remote.address),
    port: remote.port,
    local: { address: plainAddress(local.address), port: local.port },
  });
  response.writeHead(200, "OK", ["Content-Length", "11"]);
  response.flushHeaders();
  await turn();
  response.write(Buffer.from("own"));
  // The runtime keeps it until the turn is over, and does not say so.
  expect(response.bufferedAmount).toBe(0);
  expect(wire.sendFile(fd, 0, 8)).toBe(8);
  await turn();
  response.end();
  expect(await client.until("own")).toEndWith("\r\n\r\n-kernel-own");
  closeSync(fd);
});
