// What the runtime does with a row of connections that wait, and that it can be stopped in the middle of one.
import { expect } from "bun:test";
import { findGate } from "../../ffi/accepting.ts";
import { findListeners } from "../../ffi/socket.ts";
import { os } from "../../src/os/os.ts";
import { eventually } from "../support/gw.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";
import { echo, openDoor, request } from "./native-door.ts";

testWith(ON_LINUX)(
  "accept: `connection` comes on the stack of each accept, before the next one; a listener that epoll is told of again goes on",
  async () => {
    using door = await openDoor({ onArrival: echo });
    const listeners = findListeners(os.ownDescriptors());
    const gate = findGate(listeners.ok ? listeners.value : [], os.loopRegistrations());
    if (!gate.ok) throw new Error(gate.reason);
    door.server.on("connection", () => {
      if (door.connections.length === 3) gate.value.close();
    });
    const clients = await Promise.all(Array.from({ length: 10 }, () => door.connect()));
    for (const client of clients) await client.send(request("GET /"));
    const answered = () => clients.filter((client) => client.text().includes("200 OK")).length;
    await eventually(() => answered() === 3, "three are served");
    expect(door.connections).toHaveLength(3);
    gate.value.open();
    await eventually(() => answered() === 10, "all are served");
    for (const client of clients) client[Symbol.dispose]();
  },
);
