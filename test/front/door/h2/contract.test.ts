// The contract of doors, held against HTTP/2, without TLS and with it.
import { tlsSetup } from "../../../support/tls-setup.ts";
import { describeDoor } from "../contract.ts";
import { makeH2Door } from "./h2-door.ts";
import { connectH2, H2_OVER_TLS } from "./h2-player.ts";

for (const [name, tls] of [
  ["h2", undefined],
  ["h2 over TLS", tlsSetup({ http2: true })],
] as const)
  describeDoor(name, async (listener) => {
    const door = makeH2Door(listener, tls);
    const port = await door.listen();
    return {
      door,
      isMultiplexed: true,
      connect: () => connectH2(port, tls && H2_OVER_TLS),
      [Symbol.dispose]: () => door.drain(),
    };
  });
