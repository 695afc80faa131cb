// The contract of doors, held against HTTP/1.1 on sockets of the runtime, without TLS and with it.
import { systemClock } from "../../../../src/core/clock.ts";
import { RawConnections } from "../../../../src/front/door/raw/raw-connections.ts";
import { SocketDoor } from "../../../../src/front/door/socket/socket-door.ts";
import { tlsSetup } from "../../../support/tls-setup.ts";
import { describeDoor } from "../contract.ts";
import { connectH1 } from "../http1/h1-player.ts";

for (const [name, tls] of [
  ["raw", undefined],
  ["raw over TLS", tlsSetup()],
] as const)
  describeDoor(name, async (listener) => {
    const door = new SocketDoor({
      host: "127.0.0.1",
      port: 0,
      clock: systemClock,
      headBytes: 65_536,
      headTimeoutMs: 10_000,
      keepAliveMs: 75_000,
      listener,
      counter: { count() {} },
      http1: (options) => new RawConnections(options),
      tls,
    });
    const port = await door.listen();
    return {
      door,
      connect: () => connectH1(port, tls !== undefined),
      [Symbol.dispose]: () => door.drain(),
    };
  });
