// What front/door/socket relies on of Bun.listen with TLS, and of the server of node:tls that is built on it.
import { describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { connect as connectTls, createSecureContext, createServer, type Server } from "node:tls";
import { issue } from "../support/issue.ts";
import { Watch } from "../support/watch.ts";

const pem = (name: string) => {
  const { certificate: cert, key } = issue({ name, names: [name] });
  return { cert, key };
};

type TlsSocket = Bun.Socket & { getServername(): string; alpnProtocol: string | false; shutdown(): void };

/** A server of node:tls whose sockets come here; what is told of them, in order. */
class Listener implements Disposable {
  readonly told: string[] = [];
  readonly watch = new Watch();
  readonly server: Server;
  port = 0;
  #listening: { port: number; stop(now: boolean): void } | undefined;

  constructor(
    onData: (socket: TlsSocket, bytes: Buffer) => void = (socket, bytes) => void socket.write(bytes),
  ) {
    this.server = createServer({ ...pem("first"), ALPNProtocols: ["http/1.1"] });
    const tell = (what: string) => {
      this.told.push(what);
      this.watch.tell();
    };
    const listen = Bun.listen;
    Bun.listen = ((options: object) => {
      this.#listening = listen({
        ...options,
        allowHalfOpen: true,
        socket: {
          open: () => tell("open"),
          handshake: (socket: TlsSocket, isDone: boolean, fault: Error | null) =>
            tell(
              isDone
                ? `${socket.getServername()} ${socket.alpnProtocol}`
                : `failed: ${fault?.message.split(":").pop()}`,
            ),
          data: (socket: TlsSocket, bytes: Buffer) => {
            tell("data");
            onData(socket, bytes);
          },
          end: () => tell("end"),
          close: () => tell("close"),
          error() {},
        },
      } as never) as never;
      return this.#listening;
    }) as never;
    try {
      this.server.listen(0, "127.0.0.1");
    } finally {
      Bun.listen = listen;
    }
    this.port = this.#listening?.port ?? 0;
  }

  until(what: string) {
    return this.watch.until(
      () => this.told.includes(what),
      () => `${what} in ${this.told}`,
    );
  }

  /** The name in the certificate that is shown, once a byte has come back. */
  shown(servername: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const socket = connectTls({
      ...{
        host: "127.0.0.1",
        port: this.port,
        servername,
        rejectUnauthorized: false,
        ALPNProtocols: ["http/1.1"],
      },
    });
    socket.on("secureConnect", () => socket.write("x"));
    socket.on("error", reject);
    socket.on("data", () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.end();
    });
    return promise;
  }

  [Symbol.dispose](): void {
    this.#listening?.stop(true);
  }
}

describe("sockets with TLS", () => {
  test("node:tls listens by Bun.listen, before it returns, and open, handshake, data and end are told in this order", async () => {
    using listener = new Listener();
    expect(listener.port).toBeGreaterThan(0);
    expect(await listener.shown("a")).toBe("first");
    await listener.until("end");
    expect(listener.told).toEqual(["open", "a http/1.1", "data", "end"]);
  });

  test("a living listener takes certificates for names, and others instead of them", async () => {
    using listener = new Listener();
    listener.server.addContext("b.test", createSecureContext(pem("second")));
    expect([await listener.shown("b.test"), await listener.shown("c.test")]).toEqual(["second", "first"]);
    listener.server.addContext("b.test", createSecureContext(pem("third")));
    listener.server.setSecureContext(pem("fourth"));
    expect([await listener.shown("b.test"), await listener.shown("c.test")]).toEqual(["third", "fourth"]);
    const mixed = { ...pem("fifth"), key: pem("sixth").key };
    expect(() => listener.server.setSecureContext(mixed)).toThrow();
    expect(await listener.shown("c.test")).toBe("fourth");
  });

  test("what was written may be overwritten at once", async () => {
    const bytes = Buffer.from(Uint8Array.from({ length: 2_000_000 }, (_, n) => n % 251));
    const sent = Buffer.from(bytes);
    let taken = 0;
    using listener = new Listener((socket) => {
      taken = socket.write(bytes);
      bytes.fill(0);
    });
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const socket = connectTls({ host: "127.0.0.1", port: listener.port, rejectUnauthorized: false });
    let got = Buffer.alloc(0);
    socket.on("secureConnect", () => socket.write("x")).on("error", reject);
    socket.on("data", (piece: Buffer) => {
      got = Buffer.concat([got, piece]);
      if (taken > 0 && got.length >= taken) resolve(got);
    });
    expect((await promise).equals(sent.subarray(0, taken))).toBeTrue();
    expect(taken).toBeGreaterThan(100_000);
    socket.destroy();
  });

  test("a client offers protocols as they stand on the wire, and is told which one was agreed on", async () => {
    using listener = new Listener();
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: listener.port,
      tls: { rejectUnauthorized: false, ALPNProtocols: "\x02h2\x08http/1.1" },
      socket: { handshake: (own) => resolve((own as unknown as TlsSocket).alpnProtocol), data() {} },
    });
    expect(await promise).toBe("http/1.1");
    socket.end();
  });

  test("a request without TLS is told by its name while the socket is there, and no alert is sent", async () => {
    using listener = new Listener();
    const { promise, resolve } = Promise.withResolvers<string>();
    let got = "";
    const socket = connect(listener.port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\n\r\n"));
    socket.on("data", (piece) => {
      got += piece.toString("latin1");
    });
    socket.on("close", () => resolve(got));
    expect(await promise).toBe("");
    expect(listener.told).toEqual(["open", "failed: HTTP_REQUEST", "close"]);
  });

  test("write takes what the kernel has room for, and shutdown says that no more comes", async () => {
    let taken = 0;
    const much = Buffer.alloc(16 * 1024 * 1024);
    using listener = new Listener((socket) => {
      taken = socket.write(much);
      socket.shutdown();
    });
    const { promise, resolve } = Promise.withResolvers<number>();
    const client = connectTls({ host: "127.0.0.1", port: listener.port, rejectUnauthorized: false }, () =>
      client.write("x"),
    );
    let got = 0;
    client.on("data", (piece) => {
      got += piece.length;
    });
    client.on("end", () => resolve(got));
    expect(await promise).toBe(taken);
    expect(taken).toBeLessThan(much.length);
    client.destroy();
  });
});
