// Probes of Bun.connect over a UNIX socket, on which the front's HTTP client (src/upstream/connection.ts, pool.ts) stands.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Socket } from "bun";
import { ON_LINUX, testWith } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

/** More than the kernel's socket buffers take. */
const LARGE = new Uint8Array(10_000_000);

type Side = {
  socket: Socket<undefined>;
  events: string[];
  bytes: number;
  until(isMet: () => boolean): Promise<void>;
};

/** Both ends of one connection over a path of its own; the listening side reads nothing until resumed. */
async function connectPair() {
  const temp = makeTempDir();
  const path = join(temp.path, "w.sock");
  const server = side();
  const listener = Bun.listen({ unix: path, socket: handlers(server, (socket) => socket.pause()) });
  const client = side();
  client.socket = await Bun.connect({ unix: path, socket: handlers(client) });
  await server.until(() => server.events.includes("open"));
  return {
    path,
    client,
    server,
    [Symbol.dispose]() {
      client.socket.terminate();
      listener.stop(true);
      temp[Symbol.dispose]();
    },
  };
}

type Watched = Side & { tell(): void };

function side(): Watched {
  const watchers = new Set<() => void>();
  const self: Watched = {
    socket: undefined as unknown as Socket<undefined>,
    events: [],
    bytes: 0,
    tell() {
      for (const look of [...watchers]) look();
    },
    until: (isMet) =>
      new Promise((resolve) => {
        const look = () => {
          if (isMet() && watchers.delete(look)) resolve();
        };
        watchers.add(look);
        look();
      }),
  };
  return self;
}

function handlers(
  self: Watched,
  onOpen: (socket: Socket<undefined>) => void = () => {},
): Bun.SocketHandler<undefined> {
  const note = (event: string) => {
    self.events.push(event);
    self.tell();
  };
  return {
    open(socket) {
      self.socket = socket;
      onOpen(socket);
      note("open");
    },
    data(_socket, data) {
      self.bytes += data.length;
      note("data");
    },
    drain: () => note("drain"),
    end: () => note("end"),
    close: () => note("close"),
    error: () => note("error"),
  };
}

describe("unix socket: writing", () => {
  test("write returns the number of bytes taken, and 0 when none are", async () => {
    using pair = await connectPair();
    const taken = pair.client.socket.write(LARGE);
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(LARGE.length);
    expect(pair.client.socket.write(LARGE)).toBe(0);
  });

  test("the rest is ours to send: only what was taken arrives, and drain tells when more is", async () => {
    using pair = await connectPair();
    const { client, server } = pair;
    const taken = client.socket.write(LARGE);
    const before = client.events.length;
    server.socket.resume();
    await client.until(() => client.events.slice(before).includes("drain"));
    await server.until(() => server.bytes >= taken);
    expect(server.bytes).toBe(taken);
    expect(client.socket.write(LARGE)).toBeGreaterThan(0);
  });

  test("small writes of one turn are all taken at once", async () => {
    using pair = await connectPair();
    for (let i = 0; i < 100; i++) expect(pair.client.socket.write("0123456789")).toBe(10);
  });

  test("writing to a closed socket returns a negative number and does not throw", async () => {
    using pair = await connectPair();
    pair.server.socket.terminate();
    await pair.client.until(() => pair.client.events.includes("close"));
    expect(pair.client.socket.write("x")).toBeLessThan(0);
  });
});

describe("unix socket: reading", () => {
  test("pause holds data back, resume brings it", async () => {
    using pair = await connectPair();
    const { client, server } = pair;
    client.socket.pause();
    expect(server.socket.write("hello")).toBe(5);
    // Another connection makes a whole round while this one is silent.
    using other = await connectPair();
    other.server.socket.write("x");
    await other.client.until(() => other.client.bytes === 1);
    expect(client.bytes).toBe(0);
    client.socket.resume();
    await client.until(() => client.bytes === 5);
  });

  test("a paused socket stalls its writer after the kernel's buffers", async () => {
    using pair = await connectPair();
    pair.client.socket.pause();
    let sent = 0;
    for (let round = 0; round < 100; round++) sent += Math.max(pair.server.socket.write(LARGE), 0);
    expect(sent).toBeLessThan(LARGE.length);
  });
});

describe("unix socket: the end", () => {
  test("a peer that closes is told by end, then close", async () => {
    using pair = await connectPair();
    const { client, server } = pair;
    server.socket.write("last");
    server.socket.end();
    await client.until(() => client.events.includes("close"));
    expect(client.events.filter((event) => event !== "drain" && event !== "open")).toEqual([
      "data",
      "end",
      "close",
    ]);
  });

  test("terminate closes at once and tells both sides", async () => {
    using pair = await connectPair();
    const { client, server } = pair;
    client.socket.terminate();
    await client.until(() => client.events.includes("close"));
    server.socket.resume();
    await server.until(() => server.events.includes("close"));
  });

  test("a peer killed by SIGKILL is told by close, after the bytes that it had written", async () => {
    using temp = makeTempDir();
    const path = join(temp.path, "w.sock");
    const program = temp.write(
      "peer.ts",
      `Bun.listen({ unix: ${JSON.stringify(path)}, socket: { open(s) { s.write("partial"); }, data() {} } });
       console.log("listening");`,
    );
    await using peer = Bun.spawn([process.execPath, program], { stdio: ["ignore", "pipe", "inherit"] });
    await peer.stdout.getReader().read();
    const client = side();
    client.socket = await Bun.connect({ unix: path, socket: handlers(client) });
    await client.until(() => client.bytes === 7);
    peer.kill("SIGKILL");
    await client.until(() => client.events.includes("close"));
    expect(client.bytes).toBe(7);
  });

  test("a path where nobody listens rejects with the system's code, and no handler runs", async () => {
    using temp = makeTempDir();
    const client = side();
    const connecting = Bun.connect({ unix: join(temp.path, "none.sock"), socket: handlers(client) });
    expect(await connecting.then(String, (error: NodeJS.ErrnoException) => error.code)).toBe("ENOENT");
    expect(client.events).toEqual([]);
  });
});

testWith(ON_LINUX)(
  "Bun.serve and Bun.connect take abstract names, which leave no file and end with the listener",
  async () => {
    const unix = `\0gw-probe-${crypto.randomUUID()}`;
    const isKnown = () => readFileSync("/proc/net/unix", "utf8").includes(`@${unix.slice(1)}`);
    const server = Bun.serve({ unix, http2: true, fetch: () => new Response("abstract") } as never);
    expect(isKnown()).toBe(true);
    const answered = Promise.withResolvers<string>();
    const data = (_: Socket, bytes: Buffer) => answered.resolve(bytes.toString());
    const client = await Bun.connect({ unix, socket: { data } });
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await answered.promise).toEndWith("\r\n\r\nabstract");
    await server.stop(true);
    expect(isKnown()).toBe(false);
    await expect(Bun.connect({ unix, socket: { data } })).rejects.toThrow();
  },
);
