import { describe, expect, test } from "bun:test";
import { createServer, type Server } from "node:net";
import { guardPort } from "../../ffi/port-guard.ts";
import { known } from "../../src/os/operating-system.ts";
import { os } from "../../src/os/os.ts";

const serve = (hostname: string, port: number) =>
  Bun.serve({ hostname, port, reusePort: true, fetch: () => new Response(hostname) });

/** Whether a server that is ready to share can listen there. */
function canListen(hostname: string, port: number): boolean {
  try {
    serve(hostname, port).stop(true);
    return true;
  } catch {
    return false;
  }
}

/** Where this process listens. */
function addressOf(port: number) {
  const socket = os.listeningOf(process.pid, known(os.listeningOn(port)) ?? []);
  if (!socket) throw new Error(`nobody listens on ${port}`);
  return { bytes: Uint8Array.fromHex(socket.address), port };
}

describe.each(["127.0.0.1", "0.0.0.0"])("port guard on %s", (host) => {
  test("nobody else can listen there, at that address or one of it, until it is opened", () => {
    const first = serve(host, 0);
    const port = first.port!;
    const made = guardPort(addressOf(port));
    if (!made.ok) throw new Error(made.reason);
    const guard = made.value;
    for (let round = 0; round < 3; round++) {
      expect(guard.shut()).toEqual({ ok: true });
      expect([canListen(host, port), canListen("127.0.0.1", port), canListen("0.0.0.0", port)]).toEqual([
        false,
        false,
        false,
      ]);
      expect(guard.admit()).toEqual({ ok: true });
      expect(canListen(host, port)).toBe(true);
    }
    // The port stays gw's when no front end is there for a moment.
    guard.shut();
    first.stop(true);
    expect(canListen(host, port)).toBe(false);
    guard.close();
    expect(canListen(host, port)).toBe(true);
  });

  test("those inside share the connections as before", async () => {
    const servers = [serve(host, 0)];
    const port = servers[0]!.port!;
    const made = guardPort(addressOf(port));
    if (!made.ok) throw new Error(made.reason);
    let second = 0;
    servers.push(
      Bun.serve({
        hostname: host,
        port,
        reusePort: true,
        fetch: () => new Response(String(++second)),
      }),
    );
    made.value.shut();
    for (let n = 0; n < 400 && second === 0; n++)
      await fetch(`http://127.0.0.1:${port}/`, { keepalive: false, headers: { connection: "close" } });
    expect(second).toBeGreaterThan(0);
    made.value.close();
    for (const server of servers) server.stop(true);
  });
});

test("port guard: a port that a server has to itself cannot be guarded", async () => {
  const server: Server = createServer().listen({ port: 0, host: "127.0.0.1", exclusive: true });
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  expect(guardPort(addressOf(port))).toMatchObject({
    ok: false,
    reason: expect.stringContaining("EADDRINUSE"),
  });
  server.close();
});

test("port guard: where the kernel lets others in all the same, it says so", () => {
  const server = serve("::", 0);
  const made = guardPort(addressOf(server.port!));
  if (!made.ok) throw new Error(made.reason);
  expect(made.value.shut()).toMatchObject({ ok: false });
  made.value.close();
  server.stop(true);
});
