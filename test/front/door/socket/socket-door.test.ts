// TLS at the door of sockets: what becomes of handshakes, and what they settle.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import type { Client } from "../../../../src/front/door/client.ts";
import { RawConnections } from "../../../../src/front/door/raw/raw-connections.ts";
import { SocketDoor } from "../../../../src/front/door/socket/socket-door.ts";
import type { TlsSetup } from "../../../../src/link/setups.ts";
import { FakeClock } from "../../../support/fake-clock.ts";
import { type Issued, issue } from "../../../support/issue.ts";
import { tlsSetup } from "../../../support/tls-setup.ts";
import { Watch } from "../../../support/watch.ts";
import { Arrivals } from "../players.ts";

const HANDSHAKE_MS = 10_000;
const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

class OpenDoor implements Disposable {
  readonly clock = new FakeClock();
  readonly arrivals = new Arrivals();
  readonly watch = new Watch();
  readonly door: SocketDoor;
  port = 0;
  readonly #sockets: Socket[] = [];

  constructor(tls: Partial<TlsSetup> = {}) {
    this.arrivals.onEach = (client: Client) => client.answer(200, "OK", [], "ok");
    this.door = new SocketDoor({
      host: "127.0.0.1",
      port: 0,
      clock: this.clock,
      headBytes: 65_536,
      headTimeoutMs: HANDSHAKE_MS,
      keepAliveMs: 75_000,
      listener: this.arrivals,
      counter: { count: () => this.watch.tell() },
      http1: (options) => new RawConnections(options),
      tls: tlsSetup({ handshakeTimeoutMs: HANDSHAKE_MS, ...tls }),
    });
  }

  async open(): Promise<this> {
    this.port = await this.door.listen();
    return this;
  }

  /** Until the door has so many connections. */
  until(connections: number): Promise<true> {
    return this.watch.until(
      () => this.door.connections === connections,
      () => `${connections} connections; there are ${this.door.connections}`,
    );
  }

  /** A client without TLS: all that it gets until the door ends the connection. */
  plain(bytes: Buffer | string): { socket: Socket; ended: Promise<string> } {
    const { promise, resolve } = Promise.withResolvers<string>();
    let got = "";
    const socket = connect(this.port, "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (piece) => {
      got += piece.toString("latin1");
    });
    // A reset is an end as well.
    socket.on("error", () => {});
    socket.on("close", () => resolve(got));
    this.#sockets.push(socket);
    return { socket, ended: promise };
  }

  /** A client whose handshake is complete; rejects with what is wrong with it. */
  shaken(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
    const whole = { host: "127.0.0.1", port: this.port, rejectUnauthorized: false, ...options };
    const socket = connectTls(whole, () => resolve(socket));
    socket.on("error", reject);
    this.#sockets.push(socket);
    return promise;
  }

  /** What the door knows of the TLS of the next request. */
  async factsOf(options: ConnectionOptions = {}) {
    const index = this.arrivals.clients.length;
    (await this.shaken(options)).write(REQUEST);
    return (await this.arrivals.client(index)).peer.tls;
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.destroy();
    this.door.drain();
    expect(this.arrivals.bugs).toEqual([]);
  }
}

const ended = (socket: Socket) =>
  new Promise<true>((resolve) => {
    socket.on("close", () => resolve(true));
    socket.resume();
  });

const bytesOfHello = () => {
  // Client hello of a client that goes on when it is answered; only its beginning is used here.
  const record = Buffer.from([0x16, 3, 1, 0x02, 0x00, 1, 0, 0x01, 0xfc, 3, 3]);
  return record;
};

describe("socket door: handshakes that come to nothing", () => {
  const PLAIN = ["GET", "POST", "HEAD", "PUT", "CONNECT"];
  for (const method of PLAIN)
    test(`a ${method} without TLS gets 400 in plain text, and says so`, async () => {
      using opened = await new OpenDoor().open();
      opened.arrivals.refusalAnswer = {
        status: 400,
        reason: "Bad Request",
        fields: ["X", "y"],
        body: "TLS here",
      };
      const { ended } = opened.plain(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
      expect(await ended).toBe(
        "HTTP/1.1 400 Bad Request\r\nX: y\r\nConnection: close\r\nContent-Length: 8\r\n\r\nTLS here",
      );
      expect(opened.arrivals.refusals).toMatchObject([
        { error: { cause_: "plain_request_on_tls" }, address: "127.0.0.1", isAnswering: false },
      ]);
      await opened.until(0);
    });

  const JUNK: [what: string, bytes: Buffer][] = [
    ["another protocol", Buffer.from("EHLO a\r\n")],
    ["a record of no version", Buffer.from([0x16, 9, 9, 0, 5, 1, 0, 0, 1, 0])],
    [
      "a record that is too long",
      Buffer.concat([Buffer.from([0x16, 3, 1, 0xff, 0xff]), Buffer.alloc(70_000)]),
    ],
    ["an empty handshake message", Buffer.from([0x16, 3, 1, 0, 4, 1, 0, 0, 0])],
    ["application data first", Buffer.from([0x17, 3, 3, 0, 3, 1, 2, 3])],
  ];
  for (const [what, bytes] of JUNK)
    test(`${what} is refused without an answer`, async () => {
      using opened = await new OpenDoor().open();
      const { ended } = opened.plain(bytes);
      expect(await ended).not.toContain("HTTP/");
      expect(opened.arrivals.refusals).toMatchObject([{ error: { cause_: "tls_handshake_failed" } }]);
      expect(opened.arrivals.refusals[0]?.reason).toMatch(/^[a-z0-9 ]+$/);
      await opened.until(0);
    });

  test("a client that leaves, with half a handshake or without a byte, is no refusal", async () => {
    using opened = await new OpenDoor().open();
    const [half, none] = [opened.plain(bytesOfHello()), opened.plain("")];
    await opened.until(2);
    half.socket.end();
    none.socket.destroy();
    await opened.until(0);
    expect(opened.arrivals.refusals).toEqual([]);
  });

  test("one that is too slow is ended in time, and told", async () => {
    using opened = await new OpenDoor().open();
    const [half, none] = [opened.plain(bytesOfHello()), opened.plain("")];
    await opened.until(2);
    opened.clock.advance(HANDSHAKE_MS - 1);
    expect(opened.door.connections).toBe(2);
    opened.clock.advance(1);
    expect(await half.ended).toBe("");
    await none.ended;
    await opened.until(0);
    const causes = opened.arrivals.refusals.map(({ error }) => error.cause_);
    expect(causes).toEqual(["tls_handshake_timeout", "tls_handshake_timeout"]);
  });

  const UNLIKE: [what: string, tls: Partial<TlsSetup>, client: ConnectionOptions, reason: string][] = [
    ["no protocol", {}, { ALPNProtocols: ["smtp"] }, "no application protocol"],
    ["no version", { minVersion: "TLSv1.3" }, { maxVersion: "TLSv1.2" }, "unsupported protocol"],
    ["no cipher", {}, { maxVersion: "TLSv1.2", ciphers: "AES128-SHA" }, "no shared cipher"],
  ];
  for (const [what, tls, client, reason] of UNLIKE)
    test(`${what} in common is told`, async () => {
      using opened = await new OpenDoor(tls).open();
      await expect(opened.shaken(client)).rejects.toThrow();
      await opened.until(0);
      expect(opened.arrivals.refusals).toMatchObject([{ error: { cause_: "tls_handshake_failed" }, reason }]);
    });

  test("a client that does not trust the certificate is told of", async () => {
    using opened = await new OpenDoor().open();
    await expect(opened.shaken({ rejectUnauthorized: true, maxVersion: "TLSv1.2" })).rejects.toThrow();
    await opened.until(0);
    expect(opened.arrivals.clients).toEqual([]);
  });
});

describe("socket door: what a handshake settles", () => {
  const of = (name: string, ...names: string[]) => {
    const { certificate, key } = issue({ name, names });
    return { names, certificate, key };
  };
  let opened: OpenDoor;
  beforeAll(async () => {
    const certificates = [of("first"), of("shop", "shop.test"), of("wild", "wild.test", "*.wild.test")];
    opened = await new OpenDoor({ certificates }).open();
  });
  afterAll(() => opened[Symbol.dispose]());

  const SHOWN: [asked: string | undefined, shown: string][] = [
    [undefined, "first"],
    ["other.test", "first"],
    ["shop.test", "shop"],
    ["SHOP.test", "shop"],
    ["a.shop.test", "first"],
    ["wild.test", "wild"],
    ["a.wild.test", "wild"],
    ["a.b.wild.test", "first"],
  ];
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const)
    test.each(SHOWN)(
      `over ${maxVersion}, whoever asks for %p is shown the certificate of %s`,
      async (servername, shown) => {
        const socket = await opened.shaken({ maxVersion, ...(servername !== undefined && { servername }) });
        expect(socket.getPeerCertificate().subject.CN).toBe(shown);
      },
    );

  test("it is known to the front", async () => {
    const facts = await opened.factsOf({ servername: "Shop.test", ALPNProtocols: ["http/1.1"] });
    expect(facts).toMatchObject({
      protocol: "TLSv1.3",
      serverName: "Shop.test",
      alpn: "http/1.1",
      isResumed: false,
    });
    expect(facts?.cipher).toMatch(/^TLS_AES_/);
    expect([facts?.certificate, facts?.certificateFault]).toEqual([undefined, undefined]);
    expect(await opened.factsOf({ maxVersion: "TLSv1.2" })).toMatchObject({
      protocol: "TLSv1.2",
      cipher: expect.stringMatching(/^ECDHE-/),
      serverName: undefined,
      alpn: undefined,
    });
  });

  test("a client may resume it", async () => {
    const first = await opened.shaken({ maxVersion: "TLSv1.2" });
    const session = first.getSession();
    expect(await opened.factsOf({ maxVersion: "TLSv1.2", ...(session && { session }) })).toMatchObject({
      isResumed: true,
    });
  });
});

describe("socket door: certificates of clients", () => {
  const root = issue({ name: "Root", isAuthority: true });
  const client = issue({ name: "client", issuer: root, usage: "1.3.6.1.5.5.7.3.2" });
  const as = ({ certificate: cert, key }: Issued) => ({ cert, key });
  let opened: OpenDoor;
  beforeAll(async () => {
    opened = await new OpenDoor({ client: { ca: root.certificate } }).open();
  });
  afterAll(() => opened[Symbol.dispose]());

  const DAY_MS = 86_400_000;
  const SHOWN: [what: string, shown: ConnectionOptions, fault: string | undefined][] = [
    ["a good one", as(client), undefined],
    ["one that signs itself", as(issue({ name: "client" })), "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    [
      "one of nobody known",
      as(issue({ name: "client", issuer: issue({ name: "Other", isAuthority: true }) })),
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    ],
    [
      "an expired one",
      as(
        issue({
          name: "client",
          issuer: root,
          fromMs: Date.now() - 9 * DAY_MS,
          untilMs: Date.now() - DAY_MS,
        }),
      ),
      "CERT_HAS_EXPIRED",
    ],
    [
      "one of a server",
      as(issue({ name: "client", issuer: root, usage: "1.3.6.1.5.5.7.3.1" })),
      "INVALID_PURPOSE",
    ],
  ];
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    test.each(SHOWN)(
      `over ${maxVersion}, %s lets the client in, with the verdict`,
      async (_what, shown, fault) => {
        const facts = await opened.factsOf({ maxVersion, ...shown });
        expect(facts?.certificate?.subject.CN).toBe("client");
        expect(facts?.certificateFault).toBe(fault);
      },
    );

    test(`over ${maxVersion}, none lets the client in as well`, async () => {
      const facts = await opened.factsOf({ maxVersion });
      expect([facts?.certificate, facts?.certificateFault]).toEqual([undefined, undefined]);
    });
  }

  test("no session is resumed: a revoked certificate must end", async () => {
    const first = await opened.shaken({ maxVersion: "TLSv1.2", ...as(client) });
    const session = first.getSession();
    const facts = await opened.factsOf({ maxVersion: "TLSv1.2", ...as(client), ...(session && { session }) });
    expect(facts).toMatchObject({ isResumed: false });
    const tickets: Buffer[] = [];
    const second = await opened.shaken(as(client));
    second.on("session", (ticket: Buffer) => tickets.push(ticket));
    second.write(REQUEST);
    await new Promise((resolve) => second.once("data", resolve));
    expect(tickets).toEqual([]);
  });
});

describe("socket door: its end", () => {
  test("a draining door lets handshakes that are under way end, and their first requests be answered", async () => {
    using opened = await new OpenDoor().open();
    const slow = opened.plain(bytesOfHello());
    const fresh = await opened.shaken();
    await opened.until(2);
    opened.door.drain();
    opened.clock.advance(999);
    let got = "";
    fresh.on("data", (piece) => {
      got += piece.toString("latin1");
    });
    fresh.write(REQUEST);
    await ended(fresh);
    expect(got).toStartWith("HTTP/1.1 200 OK\r\nConnection: close\r\n");
    expect(opened.door.connections).toBe(1);
    opened.clock.advance(1);
    await slow.ended;
    await opened.until(0);
  });

  test("connections that have asked nothing are closed when they have had the time to", async () => {
    using opened = await new OpenDoor().open();
    // Of TLS 1.3 a client knows before the door does that the handshake is complete.
    const fresh = await opened.shaken({ maxVersion: "TLSv1.2" });
    opened.door.closeIdle();
    opened.clock.advance(999);
    opened.door.closeIdle();
    expect(opened.door.connections).toBe(1);
    opened.clock.advance(1);
    opened.door.closeIdle();
    await ended(fresh);
    await opened.until(0);
  });

  test("connections beyond the most are closed", async () => {
    using opened = await new OpenDoor().open();
    opened.door.closeBeyond(1);
    await opened.shaken();
    await expect(opened.shaken()).rejects.toThrow();
    await opened.until(1);
  });
});
