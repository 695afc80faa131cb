import { describe, expect, test } from "bun:test";
import { onwardHead } from "../../../src/front/dispatch/onward.ts";
import type { Visit } from "../../../src/front/visit/visit.ts";
import { decodeVisit } from "../../../src/http/reserved.ts";
import { visitOf } from "../fakes.ts";
import { PlainClient } from "../plain-client.ts";

/** A visit as it stands before its worker: checked and routed. */
function visitWith(given: Partial<Visit> = {}, client = new PlainClient()): Visit {
  return Object.assign(visitOf(client, 0, "id-7"), { target: "/shop/cart?x", host: "a.test" }, given);
}

describe("onward", () => {
  test("the client's protocol, for workers that are told of it", () => {
    const visit = visitWith({}, new PlainClient());
    const told = { token: "t", tellsProtocol: true };
    const said = onwardHead(visit, told, undefined, "0123456789abcdef").visit.join("");
    expect(said).toContain(` =${visit.client.protocol} +0123456789abcdef`);
    expect(decodeVisit(said)).toMatchObject({ id: "id-7" });
    expect(onwardHead(visit, { token: "t" }, undefined).visit.join("")).not.toContain("=");
  });

  test("the client's own request, and beside it what HTTP cannot carry", () => {
    const visit = visitWith({ queuedMs: 12.6, fields: ["A", "1"] }, new PlainClient({ method: "PUT" }));
    const { visit: facts, ...head } = onwardHead(visit, { token: "token" }, 5);
    expect(head).toEqual({
      method: "PUT",
      target: "/shop/cart?x",
      host: "a.test",
      fields: ["A", "1"],
      body: 5,
      awaitsContinue: false,
      webSocket: false,
      prefix: undefined,
    });
    expect(decodeVisit(facts.join(""))).toEqual({
      token: "token",
      id: "id-7",
      scheme: "http",
      address: "192.0.2.7",
      port: 4711,
      queuedMs: 13,
    });
  });

  test("what is believed of the client is told, not who has connected; and said once for all its requests", () => {
    const who = {
      address: "2001:db8::1",
      port: 443,
      scheme: "https" as const,
      local: { address: "192.0.2.1", port: 80 },
    };
    const peer: Visit["peer"] = { ...who };
    const facts = (id: string) => {
      const visit = Object.assign(visitOf(new PlainClient(), 0, id), { peer });
      return decodeVisit(onwardHead(visit, { token: "t" }, undefined).visit.join(""));
    };
    expect(facts("one")).toMatchObject({ id: "one", ...who });
    const { said } = peer;
    expect(facts("two")).toMatchObject({ id: "two", ...who });
    expect(said !== undefined && peer.said === said).toBe(true);
  });

  test.each([
    ["at the top", "/", "", 0, "/shop/cart?x", undefined, undefined],
    ["below a mount", "/shop", "", 5, "/cart?x", "/shop", "/shop/"],
    ["below a mount whose path the app wants whole", "/shop", "", 0, "/shop/cart?x", "/shop", undefined],
    ["below a proxy's path", "/", "/outer", 0, "/shop/cart?x", "/outer", undefined],
    ["below both", "/shop", "/outer", 5, "/cart?x", "/outer/shop", "/shop/"],
  ])("%s", (_, mount, script, cut, target, prefix, above) => {
    const head = onwardHead(visitWith({ mount, script, cut }), { token: "t" }, undefined);
    expect([head.target, head.prefix, decodeVisit(head.visit.join(""))?.above]).toEqual([
      target,
      prefix,
      above,
    ]);
  });

  test("who asks for a WebSocket, and how much of a body there is, is passed on", () => {
    const head = onwardHead(
      visitWith({}, new PlainClient({ wantsWebSocket: true })),
      { token: "t" },
      "chunked",
    );
    expect([head.webSocket, head.body]).toEqual([true, "chunked"]);
  });
});
