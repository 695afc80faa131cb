// The contract of doors, held against HTTP/1.1 on the runtime's own server, without TLS and with it.
import { systemClock } from "../../../../src/core/clock.ts";
import { Engine } from "../../../../src/front/door/h1/engine.ts";
import type { TlsSetup } from "../../../../src/link/setups.ts";
import { issue } from "../../../support/issue.ts";
import { describeDoor } from "../contract.ts";
import { connectH1 } from "../http1/h1-player.ts";

const { certificate, key } = issue({ name: "localhost", names: ["localhost"] });
const TLS: TlsSetup = {
  port: 0,
  certificates: [{ names: [], certificate, key }],
  minVersion: "TLSv1.2",
  ciphers: "ECDHE+AESGCM",
  http2: false,
  handshakeTimeoutMs: 10_000,
};

for (const [name, tls] of [
  ["h1", undefined],
  ["h1 over TLS", TLS],
] as const)
  describeDoor(name, async (listener) => {
    const door = new Engine({
      host: "127.0.0.1",
      port: 0,
      clock: systemClock,
      headBytes: 65_536,
      headTimeoutMs: 10_000,
      keepAliveMs: 75_000,
      listener,
      counter: { count() {} },
      ...(tls && { tls }),
    });
    const port = await door.listen();
    return {
      door,
      connect: () => connectH1(port, tls !== undefined),
      [Symbol.dispose]: () => door.drain(),
    };
  });
