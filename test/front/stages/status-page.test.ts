// Who is shown the status page.
import { describe, expect, test } from "bun:test";
import { GwError } from "../../../src/core/errors.ts";
import type { Client } from "../../../src/front/door/client.ts";
import { statusPageStage } from "../../../src/front/stages/status-page.ts";
import { STATUS_GROUP } from "../../../src/link/messages.ts";
import type { ProxyTrust } from "../../../src/link/setups.ts";
import { Ends, visitOf } from "../fakes.ts";

const SETUP = { path: "/server-status", allow: ["10.0.0.0/8"], hosts: ["Shop.example"] };
const TRUST: ProxyTrust = { from: ["127.0.0.1"], headers: ["x-forwarded-for"] };

type Asked = {
  target?: string;
  from?: string;
  /** What a trusted proxy says. */
  told?: string;
  host?: string;
  fields?: string[];
  isOld?: boolean;
  allow?: string[];
  proxies?: ProxyTrust;
};

/** The group that the visit is for, or why it is refused. */
function ask(asked: Asked): string {
  const { target = "/server-status", from = "127.0.0.1", host = "localhost:8000", fields = [] } = asked;
  const peer = { address: from, port: 1, local: undefined, scheme: "http" as const };
  const client = { peer, fields, protocol: asked.isOld ? "HTTP/1.0" : "HTTP/1.1", mayOmitHost: asked.isOld };
  const visit = visitOf(client as unknown as Client, 0, "visit-1", new Ends());
  visit.target = target;
  visit.host = host;
  if (asked.told !== undefined) visit.peer = { ...peer, address: asked.told };
  try {
    void statusPageStage({ ...SETUP, allow: asked.allow ?? SETUP.allow }, asked.proxies)(visit);
    return visit.group;
  } catch (thrown) {
    if (!(thrown instanceof GwError) || thrown.cause_ !== "status_forbidden") throw thrown;
    return thrown.detail ?? "";
  }
}

describe("status page: whose path it is", () => {
  test.each<[string, boolean]>([
    ["/server-status", true],
    ["/server-status/", true],
    ["/server-status?view=actions", true],
    ["/server-status/x", false],
    ["/server-statuses", false],
    ["/Server-Status", false],
    ["/server%2dstatus", false],
    ["//server-status", false],
    ["/", false],
  ])("%s", (target, isIts) => {
    expect(ask({ target })).toBe(isIts ? STATUS_GROUP : "");
    // Whoever is not shown it gets everything else.
    expect(ask({ target, from: "192.0.2.1" }) === "").toBe(!isIts);
  });
});

describe("status page: who is shown it", () => {
  const XFF = ["X-Forwarded-For", "203.0.113.9"];
  test.each<[string, Asked]>([
    ["this machine", {}],
    ["this machine, over IPv6", { from: "::1", host: "[::1]:8000" }],
    ["this machine, by another address of it", { from: "127.0.0.53", host: "127.0.0.1" }],
    ["this machine, by a name of gw's own", { host: "SHOP.example:8000" }],
    ["a network that was named", { from: "10.1.2.3", host: "gw.internal" }],
    ["whoever comes by a UNIX socket, where that was named", { from: "unix:", allow: ["unix"] }],
    [
      "this machine, through a proxy that says so",
      { fields: ["X-Forwarded-For", "127.0.0.1"], proxies: TRUST },
    ],
    ["a network, through a proxy that says so", { fields: XFF, told: "10.9.9.9", proxies: TRUST }],
  ])("%s", (_name, asked) => {
    expect(ask(asked)).toBe(STATUS_GROUP);
  });

  test.each<[string, Asked, RegExp]>([
    ["anybody else", { from: "192.0.2.1" }, /none of the networks/],
    ["a client that was gone before it was known", { from: "" }, /none of the networks/],
    ["whoever comes by a UNIX socket", { from: "unix:" }, /none of the networks/],
    [
      "a client that a proxy tells of",
      { fields: XFF, told: "203.0.113.9", proxies: TRUST },
      /none of the networks/,
    ],
    ["a proxy that nobody explains", { fields: XFF }, /proxy .*x-forwarded-for/],
    ["a proxy of a network that was named", { from: "10.0.0.5", fields: XFF }, /x-forwarded-for/],
    ["a proxy that says only that it is one", { fields: ["Via", "1.1 cache"] }, /via/],
    [
      "a header that the proxy was not named for",
      { fields: ["X-Real-IP", "::1"], proxies: TRUST },
      /x-real-ip/,
    ],
    ["a header that gw believes nobody", { fields: ["CF-Connecting-IP", "::1"] }, /cf-connecting-ip/],
    [
      "a trusted header from somebody else",
      { from: "10.0.0.5", fields: XFF, proxies: TRUST },
      /x-forwarded-for/,
    ],
    ["a proxy that says nothing", { isOld: true }, /HTTP\/1\.0/],
    ["a page whose name leads here", { host: "evil.example:8000" }, /evil\.example/],
    ["a name that only looks like this machine's", { host: "localhost.evil.example" }, /evil/],
  ])("not %s", (_name, asked, why) => {
    expect(ask(asked)).toMatch(why);
  });
});
