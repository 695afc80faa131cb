// The client's view of a request, in every kind of server: address and scheme are the client's, the front's words are
// gone, and nobody without the token gets to the app.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createLog } from "../../../src/core/log.ts";
import { encodeVisit } from "../../../src/http/reserved.ts";
import { createClientView } from "../../../src/worker/serve/client-view.ts";
import { eventually } from "../../support/gw.ts";
import { ask, requestBytes, startWorker, TOKEN } from "../../support/worker-process.ts";

type FetchView = { url: string; headers: Record<string, string>; ip: unknown };
type NodeView = {
  url: string;
  headers: Record<string, string>;
  rawHeaders: string[];
  distinct: Record<string, string[]>;
  remote: unknown;
  local: unknown;
  bound: unknown;
  encrypted: boolean;
};

const PLAIN = {
  token: "secret",
  log: createLog(() => {}),
  mount: "/",
  publicAddress: { host: "", port: 8000 },
};

describe("client view", () => {
  test.each(["http", "https"])(
    "client view: %s is shown when the operator says so, whatever the client used",
    (scheme) => {
      const view = createClientView({ ...PLAIN, scheme });
      for (const used of ["http", "https"]) {
        const visit = encodeVisit({
          token: "secret",
          id: "id",
          scheme: used,
          address: "::1",
          port: 1,
          queuedMs: 0,
        });
        const request = new Request("http://a.example/", { headers: { "x-gw-visit": visit } });
        expect([view.admit(request), request.url]).toEqual([true, `${scheme}://a.example/`]);
      }
    },
  );

  test("client view: the operator's scheme holds for node:http too", async () => {
    await using worker = startWorker("node-handler.ts", { setup: { scheme: "https" } });
    await worker.heard("ready");
    const view = (await ask(worker, "/", { scheme: "http" })).json<NodeView>();
    expect(view.encrypted).toBe(true);
  });

  test("client view: any client that the front names is the one that the app sees", () => {
    const view = createClientView(PLAIN);
    const address = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(
        address,
        fc.integer({ min: 1, max: 65535 }),
        fc.constantFrom("http", "https"),
        (ip, port, scheme) => {
          const visit = encodeVisit({ token: "secret", id: "id", scheme, address: ip, port, queuedMs: 1 });
          const request = new Request("http://a.example/p?q", {
            headers: { "x-gw-visit": visit, other: "kept" },
          });
          expect(view.admit(request)).toBe(true);
          expect([...request.headers]).toEqual([["other", "kept"]]);
          expect(request.url).toBe(`${scheme}://a.example/p?q`);
          expect(view.addressOf(request)).toEqual({
            address: ip,
            port,
            family: ip.includes(":") ? "IPv6" : "IPv4",
          });
        },
      ),
      { numRuns: 200 },
    );
  });

  test("client view: no value but the token's own is let in", () => {
    const view = createClientView(PLAIN);
    const words = fc.oneof(
      fc.string({ unit: "grapheme-ascii" }),
      fc.constantFrom("secret", "secre", "secrets http id 1.2.3.4 5 0"),
    );
    fc.assert(
      fc.property(words, (value) => {
        const request = new Request("http://a.example/", { headers: { "x-gw-visit": value } });
        expect(view.admit(request)).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  test("client view: an unknown client has no address, as with a UNIX listener", () => {
    const view = createClientView(PLAIN);
    const visit = encodeVisit({
      token: "secret",
      id: "id",
      scheme: "http",
      address: "",
      port: 0,
      queuedMs: 0,
    });
    const request = new Request("http://a.example/", { headers: { "x-gw-visit": visit } });
    expect(view.admit(request)).toBe(true);
    expect(view.addressOf(request)).toBeNull();
  });

  test("client view: of a fetch app", async () => {
    await using worker = startWorker("fetch-object.ts");
    await worker.heard("ready");
    const seen = (
      await ask(worker, "/a/b?c=%20d", { scheme: "https", address: "2001:db8::7", port: 7 })
    ).json<FetchView>();
    expect(seen).toMatchObject({
      url: "https://app.example/a/b?c=%20d",
      headers: { host: "app.example", connection: "close" },
      ip: { address: "2001:db8::7", family: "IPv6", port: 7 },
    });
  });

  test("client view: of a function that takes the server", async () => {
    await using worker = startWorker("function-of-two.ts");
    await worker.heard("ready");
    expect((await ask(worker, "/")).json<unknown>()).toEqual({
      address: "192.0.2.7",
      family: "IPv4",
      port: 40001,
    });
  });

  test.each(["node-handler.ts", "node-http.ts"])("client view: of %s", async (app) => {
    await using worker = startWorker(app);
    await worker.heard("ready");
    const headers = { "X-Some": "one", "X-Other": "two" };
    expect((await ask(worker, "/a?b", { headers, scheme: "https" })).json<NodeView>()).toMatchObject({
      url: "/a?b",
      headers: { host: "app.example", "x-some": "one", "x-other": "two", connection: "close" },
      rawHeaders: ["Host", "app.example", "X-Some", "one", "X-Other", "two", "Connection", "close"],
      distinct: { host: ["app.example"], "x-some": ["one"], "x-other": ["two"], connection: ["close"] },
      remote: { remoteAddress: "192.0.2.7", remotePort: 40001, remoteFamily: "IPv4" },
      encrypted: true,
    });
  });

  test.each([
    [
      "as the front says it",
      "0.0.0.0",
      { address: "::1", port: 8443 },
      { address: "::1", port: 8443, family: "IPv6" },
    ],
    ["else gw's own address", "192.0.2.1", undefined, { address: "192.0.2.1", port: 8123, family: "IPv4" }],
    ["unless that is every address", "0.0.0.0", undefined, { port: 8123 }],
  ])(
    "client view: node programs see which address the client has reached, %s",
    async (_what, host, local, seen) => {
      await using worker = startWorker("node-http.ts", { setup: { publicHost: host } });
      await worker.heard("ready");
      const view = (await ask(worker, "/", { local })).json<NodeView>();
      expect(view.local).toEqual(seen);
      expect(view.bound).toEqual("address" in seen ? seen : {});
    },
  );

  test("client view: two clients on one connection are told apart", async () => {
    await using worker = startWorker("node-http.ts");
    await worker.heard("ready");
    using client = await worker.connect();
    for (const [address, scheme, encrypted] of [
      ["192.0.2.1", "https", true] as const,
      ["192.0.2.2", "http", false] as const,
    ]) {
      await client.send(requestBytes("/", { address, scheme }));
      await client.until(`"remoteAddress":"${address}"`);
      expect(client.text()).toEndWith(`"encrypted":${encrypted}}`);
    }
  });

  const EXPORTED: [app: string, seen: object][] = [
    ["express-export.ts", { ip: "192.0.2.7", protocol: "https", secure: true, hostname: "app.example" }],
    ["fastify-export.ts", { ip: "192.0.2.7", protocol: "https" }],
    ["koa-export.ts", { ip: "192.0.2.7", protocol: "https" }],
  ];

  test.each(EXPORTED)("client view: of %s, an app object that does not listen", async (app, seen) => {
    await using worker = startWorker(app);
    expect((await worker.heard("ready")).kind).toBe("node handler");
    expect((await ask(worker, "/", { scheme: "https" })).json<object>()).toEqual(seen);
  });

  const STRANGERS: [visit: string | null][] = [
    [null],
    ["wrong http id 192.0.2.1 1 0"],
    [TOKEN],
    [`${TOKEN}x http id 192.0.2.1 1 0`],
  ];

  test.each(["fetch-object.ts", "node-http.ts", "bun-serve.ts"])(
    "client view: %s is not reached without the token",
    async (app) => {
      await using worker = startWorker(app);
      await worker.heard("ready");
      for (const [visit] of STRANGERS) {
        expect(await ask(worker, "/", { visit })).toMatchObject({ status: 403, body: "Forbidden\n" });
      }
      const reports = () => worker.messages().filter(({ type }) => type === "log").length;
      await eventually(() => reports() === STRANGERS.length, "each stranger was reported");
    },
  );
});
