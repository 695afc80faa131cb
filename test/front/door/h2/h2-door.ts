// A door that speaks HTTP/2 alone: over TLS where it was agreed on, and without for clients that know it beforehand.
import { systemClock } from "../../../../src/core/clock.ts";
import type { DoorListener } from "../../../../src/front/door/door.ts";
import { H2Connections } from "../../../../src/front/door/h2/h2-connections.ts";
import type { ProtocolOptions } from "../../../../src/front/door/socket/protocol.ts";
import { SocketDoor } from "../../../../src/front/door/socket/socket-door.ts";
import type { TlsSetup } from "../../../../src/link/setups.ts";

export function makeH2Door(listener: DoorListener, tls?: TlsSetup): SocketDoor {
  const http2 = (options: ProtocolOptions) => new H2Connections(options);
  return new SocketDoor({
    host: "127.0.0.1",
    port: 0,
    clock: systemClock,
    headBytes: 65_536,
    headTimeoutMs: 10_000,
    keepAliveMs: 75_000,
    listener,
    counter: { count() {} },
    http1: http2,
    http2,
    ...(tls && { tls }),
  });
}
