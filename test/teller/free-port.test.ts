// Whether a port is free, whoever shares it.
import { expect, test } from "bun:test";
import { requireFree } from "../../src/teller/free-port.ts";

const HOST = "127.0.0.1";

test.each([true, false])("free-port: a taken port is refused, shared: %j", (reusePort) => {
  const server = Bun.serve({ hostname: HOST, port: 0, reusePort, fetch: () => new Response() });
  const { port = 0 } = server;
  try {
    expect(() => requireFree(HOST, port)).toThrow(expect.objectContaining({ code: "EADDRINUSE" }));
  } finally {
    server.stop(true);
  }
});

test("free-port: a free port can be had after it was looked at", () => {
  const server = Bun.serve({ hostname: HOST, port: 0, fetch: () => new Response() });
  const { port = 0 } = server;
  server.stop(true);
  requireFree(HOST, port);
  requireFree(HOST, 0);
  Bun.serve({ hostname: HOST, port, fetch: () => new Response() }).stop(true);
});
