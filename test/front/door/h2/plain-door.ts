// A door of HTTP/2 without TLS, for clients that know beforehand what it speaks: the connections as they are behind TLS.
import { systemClock } from "../../../../src/core/clock.ts";
import type { Door, DoorListener } from "../../../../src/front/door/door.ts";
import type { H2Connection } from "../../../../src/front/door/h2/h2-connection.ts";
import { H2Connections } from "../../../../src/front/door/h2/h2-connections.ts";

export type PlainDoorOptions = { headTimeoutMs?: number; keepAliveMs?: number };

export class PlainDoor implements Door {
  connections = 0;
  accepted = 0;
  readonly #all: H2Connections;
  #listening: Bun.TCPSocketListener<H2Connection> | undefined;
  #decide: () => boolean = () => false;

  constructor(
    listener: DoorListener,
    { headTimeoutMs = 10_000, keepAliveMs = 75_000 }: PlainDoorOptions = {},
  ) {
    this.#all = new H2Connections({
      clock: systemClock,
      headBytes: 65_536,
      headTimeoutMs,
      keepAliveMs,
      listener,
      endsNext: () => this.#decide(),
      onClosed: () => this.connections--,
    });
  }

  async listen(): Promise<number> {
    this.#listening = Bun.listen<H2Connection>({
      hostname: "127.0.0.1",
      port: 0,
      allowHalfOpen: true,
      socket: {
        open: (socket) => {
          this.connections++;
          this.accepted++;
          const peer = {
            address: socket.remoteAddress,
            port: (socket as unknown as { remotePort: number }).remotePort,
            local: { address: "127.0.0.1", port: socket.localPort },
            scheme: "http" as const,
          };
          const own = {
            write: (bytes: Uint8Array) => socket.write(bytes),
            shutdown: () => void socket.shutdown(),
            close: () => void socket.close(),
          };
          socket.data = this.#all.open(own, peer);
        },
        data: (socket, bytes) => socket.data.onData(bytes),
        drain: (socket) => socket.data.onDrain(),
        end: (socket) => socket.data.onEnd(),
        close: (socket) => socket.data.onClosed(),
        error() {},
      },
    });
    return this.#listening.port;
  }

  closeBeyond(): void {}

  endConnections(decide: () => boolean): void {
    this.#decide = decide;
  }

  drain(): void {
    this.#listening?.stop();
    this.#all.drain();
  }

  closeIdle(): void {
    this.#all.closeIdle();
  }
}
