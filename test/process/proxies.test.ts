// Proxies in front of gw: whom an app takes for its client, and what it never hears.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type Gw, runGw, startGw } from "../support/gw.ts";
import { connectRaw } from "../support/raw-http.ts";
import { APPS } from "../support/worker-process.ts";

const HEADERS = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"];
const named = HEADERS.flatMap((name) => ["--trust-proxy-header", name]);
const LINES =
  "X-Forwarded-For: 6.6.6.6, 203.0.113.5\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\nX-Real-IP: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\n";

const WHO = join(APPS, "who.ts");

async function ask(
  gw: Gw,
  lines: string,
): Promise<Record<string, unknown> & { headers: Record<string, string> }> {
  using client = await connectRaw({ port: gw.port });
  await client.send(`GET /a HTTP/1.1\r\nHost: inner.example\r\n${lines}Connection: close\r\n\r\n`);
  const [, body = ""] = (await client.untilClosed()).split("\r\n\r\n");
  return JSON.parse(body.slice(body.indexOf("{"), body.lastIndexOf("}") + 1));
}

const FORWARDED = /^(?:forwarded|x-forwarded-.*|x-real-ip|x-client-ip)$/;
const told = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => FORWARDED.test(name)));

describe("behind a trusted proxy", () => {
  let web: Gw;
  let node: Gw;
  beforeAll(async () => {
    const trust = ["--trust-proxy", "127.0.0.0/8", ...named];
    [web, node] = await Promise.all([
      startGw([WHO, ...trust]),
      startGw([WHO, "--callable-object", "node", ...trust]),
    ]);
  });
  afterAll(async () => {
    await web[Symbol.asyncDispose]();
    await node[Symbol.asyncDispose]();
  });

  test("proxies: an app on fetch meets the client, and hears of it in the named headers only", async () => {
    const { url, address, headers } = await ask(web, LINES);
    expect([url, address, headers.host]).toEqual(["https://shop.example/a", "203.0.113.5", "shop.example"]);
    expect(told(headers)).toEqual({
      "x-forwarded-for": "203.0.113.5",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "shop.example",
    });
  });

  test("proxies: an app on node meets the same one, although it believes nobody itself", async () => {
    const { protocol, hostname, address, headers } = await ask(node, LINES);
    expect([protocol, hostname, address]).toEqual(["https", "shop.example", "203.0.113.5"]);
    expect(headers["x-real-ip"]).toBeUndefined();
  });

  test("proxies: a request without any of the headers is the proxy's own", async () => {
    const { url, address } = await ask(web, "");
    expect([url, address]).toEqual(["http://inner.example/a", "127.0.0.1"]);
  });

  test("proxies: a host that is none is answered 400, and the log names the client that the proxy told", async () => {
    using client = await connectRaw({ port: web.port });
    await client.send(
      "GET /bad HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Host: a b\r\n\r\n",
    );
    expect(await client.until("\r\n\r\n")).toStartWith("HTTP/1.1 400");
    await web.until(/cause=malformed_request .*path=\/bad/);
  });

  test("proxies: what gw refuses is logged with the client's address, not the proxy's", async () => {
    using client = await connectRaw({ port: web.port });
    await client.send("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nX-Forwarded-For: 203.0.113.8\r\n\r\n");
    await client.until("\r\n\r\n");
    await web.until(/cause=method_not_implemented/);
  });
});

test("proxies: from anybody else nothing is believed and nothing passes", async () => {
  await using gw = await startGw([WHO, "--trust-proxy", "10.0.0.0/8", ...named]);
  const { url, address, headers } = await ask(gw, LINES);
  expect([url, address, told(headers)]).toEqual(["http://inner.example/a", "127.0.0.1", {}]);
});

test("proxies: without a list all passes as it came, and says nothing", async () => {
  await using gw = await startGw([WHO]);
  const { url, address, headers } = await ask(gw, LINES);
  expect([url, address]).toEqual(["http://inner.example/a", "127.0.0.1"]);
  expect(Object.keys(told(headers))).toHaveLength(5);
});

test.each([
  [["--trust-proxy", "10.0.0.0/8"], "no header in which it tells"],
  [["--trust-proxy-header", "forwarded"], "nobody who is believed"],
  [["--trust-proxy", "999.1.1.1", ...named], "no address and no network"],
  [["--trust-proxy", "10.0.0.0/33", ...named], "10.0.0.0/33"],
  [["--trust-proxy", "::1", "--trust-proxy-header", "x-secret"], "x-secret"],
  [["--trust-proxy", "::1", ...named, "--embedded-mode"], "embedded mode"],
])("proxies: %p is refused at the start", async (flags, said) => {
  const { code, stderr } = await runGw(["start-server", WHO, ...flags]);
  expect(code).toBeGreaterThan(0);
  expect(stderr).toContain(said);
});
