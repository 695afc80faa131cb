import { expect, test } from "bun:test";
import { createTrust, proxyStage } from "../../../src/front/stages/proxies.ts";
import { anyVisit } from "../fakes.ts";

test.each([
  [["192.0.2.1"], "192.0.2.1", true],
  [["192.0.2.1"], "192.0.2.2", false],
  [["10.0.0.0/8"], "10.255.255.255", true],
  [["10.0.0.0/8"], "11.0.0.0", false],
  [["0.0.0.0/0"], "8.8.8.8", true],
  [["::1"], "::1", true],
  [["fd00::/8"], "fdff::1", true],
  [["fd00::/8"], "fe00::1", false],
  [["10.0.0.0/8", "::1"], "::1", true],
  [[], "127.0.0.1", false],
  [["10.0.0.0/8"], "", false],
  [["unix"], "unix:", true],
  [["unix"], "", false],
  [["unix"], "127.0.0.1", false],
  [["0.0.0.0/0", "::/0"], "unix:", false],
  [["0.0.0.0/0", "::/0"], "", false],
  [["10.0.0.0/8", "unix"], "10.1.1.1", true],
] as const)("trust: %p, %s: %p", (networks, address, isTrusted) => {
  const trusts = createTrust(networks);
  expect([trusts(address), trusts(address)]).toEqual([isTrusted, isTrusted]);
});

function played(fields: string[], headers: string[], peer = "127.0.0.1") {
  const visit = anyVisit(0, "v-1");
  visit.host = "inner.example";
  visit.fields = fields;
  const seen = {
    address: peer,
    port: 4711,
    local: { address: "127.0.0.9", port: 8000 },
    scheme: "http",
  } as const;
  visit.peer = seen;
  Object.defineProperty(visit.client, "peer", { value: seen });
  proxyStage({ from: ["127.0.0.0/8"], headers })(visit);
  return visit;
}

test("proxies: what is told stands in the place of what is seen, and the rest stays", () => {
  const { peer, host, script, fields } = played(
    ["X-Forwarded-For", "203.0.113.5", "X-Forwarded-Proto", "https", "X-Forwarded-Prefix", "/app/"],
    ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-prefix"],
  );
  expect(peer).toEqual({
    address: "203.0.113.5",
    port: 0,
    local: { address: "127.0.0.9", port: 8000 },
    scheme: "https",
  });
  expect([host, script, fields.length]).toEqual(["inner.example", "/app", 6]);
});

test.each([
  [["X-Forwarded-Host", "shop.example"], "shop.example"],
  [["X-Forwarded-Host", "shop.example", "X-Forwarded-Port", "8443"], "shop.example:8443"],
  [["X-Forwarded-Host", "shop.example:1", "X-Forwarded-Port", "8443"], "shop.example:1"],
  [["X-Forwarded-Host", "[::1]", "X-Forwarded-Port", "8443"], "[::1]:8443"],
  [
    ["X-Forwarded-Host", "shop.example", "X-Forwarded-Port", "443", "X-Forwarded-Proto", "https"],
    "shop.example",
  ],
  [["X-Forwarded-Host", "shop.example", "X-Forwarded-Port", "80"], "shop.example"],
  [["X-Forwarded-Port", "8443"], "inner.example"],
])("proxies: %p is the host %s", (fields, host) => {
  expect(played(fields, ["x-forwarded-host", "x-forwarded-port", "x-forwarded-proto"]).host).toBe(host);
});

test("proxies: anybody else is who he is, and says nothing", () => {
  const { peer, host, fields } = played(
    ["X-Forwarded-For", "203.0.113.5", "X-Real-IP", "203.0.113.5", "X-Forwarded-Host", "a"],
    ["x-forwarded-for", "x-forwarded-host"],
    "198.51.100.1",
  );
  expect([peer.address, peer.port, host, fields]).toEqual(["198.51.100.1", 4711, "inner.example", []]);
});

test("proxies: a value of the proxy that nothing can be made of ends the request", () => {
  expect(() => played(["X-Forwarded-Host", "a b"], ["x-forwarded-host"])).toThrow(
    expect.objectContaining({ cause_: "malformed_request" }),
  );
});
