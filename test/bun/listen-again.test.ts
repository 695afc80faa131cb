// Probes of what is under the further ports of an app: which functions node's modules end in, what shares a port with
// what, and how a server is moved. src/worker/listen stands on them.
import { describe, expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { createServer } from "node:http";
import { createServer as createHttp2, createSecureServer } from "node:http2";
import { createServer as createRaw } from "node:net";

const socket = { data() {} };
const host = "127.0.0.1";
const codeOf = (act: () => unknown): unknown => {
  try {
    act();
  } catch (thrown) {
    return (thrown as { code?: unknown }).code;
  }
  return "none";
};

/** Puts something in the place of a function of Bun for as long as it is used. */
function replace(name: "listen" | "udpSocket", seen: (port: unknown) => void) {
  const scope = Bun as unknown as Record<string, (options: { port?: number }) => unknown>;
  const original = scope[name] as (options: { port?: number }) => unknown;
  scope[name] = (options) => {
    seen(options.port);
    return original(options);
  };
  return {
    [Symbol.dispose]() {
      scope[name] = original;
    },
  };
}

describe("listen again: where node's modules end", () => {
  test("node:net in Bun.listen, before `listen` returns", async () => {
    const ports: unknown[] = [];
    using _ = replace("listen", (port) => ports.push(port));
    const server = createRaw().listen(0);
    expect(ports).toEqual([0]);
    await new Promise((resolve) => server.close(resolve));
  });

  test("node:dgram in Bun.udpSocket", async () => {
    const ports: unknown[] = [];
    using _ = replace("udpSocket", (port) => ports.push(port));
    const server = createSocket("udp4");
    await new Promise<void>((resolve) => server.bind(0, host, resolve));
    expect(ports).toEqual([0]);
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });

  test("node:http2 marks servers that allow HTTP/1", () => {
    const marks = (server: object) =>
      Object.getOwnPropertySymbols(server).map(({ description }) => description);
    expect(marks(createSecureServer({ allowHTTP1: true }))).toContain("http1Connections");
    expect(marks(createSecureServer({}))).not.toContain("http1Connections");
    expect("updateSettings" in createHttp2()).toBe(true);
    expect("updateSettings" in createRaw()).toBe(false);
  });
});

describe("listen again: what shares a port", () => {
  test("Bun.serve and Bun.listen, where both ask for it", () => {
    using first = Bun.serve({ port: 0, hostname: host, reusePort: true, fetch: () => new Response() });
    const { port = 0 } = first;
    using _ = Bun.serve({ port, hostname: host, reusePort: true, fetch: () => new Response() });
    Bun.listen({ port, hostname: host, reusePort: true, socket } as never).stop();
    expect(codeOf(() => Bun.listen({ port, hostname: host, socket }))).toBe("EADDRINUSE");
    expect(codeOf(() => Bun.serve({ port, hostname: host, fetch: () => new Response() }))).toBe("EADDRINUSE");
  });

  test("Bun.udpSocket, by a flag that it does not tell of", async () => {
    const open = async (port: number, flags?: number) =>
      Bun.udpSocket({ port, hostname: host, flags } as never);
    const first = await open(0, 4);
    const second = await open(first.port, 4);
    expect(await open(first.port).catch(({ code }) => code)).toBe("EADDRINUSE");
    first.close();
    second.close();
  });
});

describe("listen again: how a server is moved", () => {
  test("node:http: closed and listening in one turn, each event once more", async () => {
    const events: string[] = [];
    const server = createServer((_req, res) => res.end("moved"));
    const emit = server.emit.bind(server) as (event: string, ...args: unknown[]) => boolean;
    server.emit = (event: string, ...args: unknown[]) => {
      events.push(event);
      return emit(event, ...args);
    };
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    server.close();
    server.listen(0, host);
    await new Promise<void>((resolve) => server.once("listening", () => resolve()));
    const { port } = server.address() as { port: number };
    expect(await (await fetch(`http://${host}:${port}/`)).text()).toBe("moved");
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    expect(events.filter((event) => /listening|close/.test(event)).sort()).toEqual([
      ...["close", "close", "listening", "listening"],
    ]);
  });

  test("Bun.serve: an own property shadows every member, and the prototype still has the true one", () => {
    using server = Bun.serve({ port: 0, hostname: host, fetch: () => new Response() });
    const prototype = Object.getPrototypeOf(server) as object;
    const port = Reflect.get(prototype, "port", server);
    for (const name of Object.keys(Object.getOwnPropertyDescriptors(prototype))) {
      Object.defineProperty(server, name, { value: "shadow", configurable: true });
      expect(Reflect.get(server, name)).toBe("shadow");
      Reflect.deleteProperty(server, name);
    }
    expect(port).toBeGreaterThan(0);
    expect(Reflect.get(prototype, "port", server)).toBe(port);
  });
});
