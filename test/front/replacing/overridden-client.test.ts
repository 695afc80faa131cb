// Errors of apps that their clients do not get.
import { describe, expect, test } from "bun:test";
import { GwError } from "../../../src/core/errors.ts";
import { OverriddenClient } from "../../../src/front/replacing/overridden-client.ts";
import { idleHolder, visitOf } from "../fakes.ts";
import { PlainClient } from "../plain-client.ts";

function setUp() {
  const inner = new PlainClient();
  const visit = visitOf(inner);
  const client = new OverriddenClient(inner, visit);
  visit.client = client;
  visit.handTo(idleHolder());
  return { inner, visit, client };
}

describe("overridden client", () => {
  test("overridden client: what is no error goes on, whole and in pieces", () => {
    const [whole, pieces, none] = [setUp(), setUp(), setUp()];
    whole.client.answer(399, "Odd", [], "a");
    pieces.client.sendHead(200, "OK", [], 1);
    pieces.client.write(Buffer.from("a"));
    pieces.client.end();
    none.client.answerBodiless(304, "Not Modified", []);
    expect([whole.inner.acts, pieces.inner.acts, none.inner.acts]).toEqual([
      ["answer 399 Odd: a"],
      ["head 200, 1 bytes to come", "piece a", "end"],
      ["answer 304 without a body"],
    ]);
    expect([whole.visit.overridden, pieces.visit.overridden]).toEqual([undefined, undefined]);
  });

  test("overridden client: of an error nothing goes on, however it comes", () => {
    const acts: ((client: OverriddenClient) => void)[] = [
      (client) => client.answer(404, "", ["A", "b"], "secret"),
      (client) => client.answerBodiless(404, "", ["A", "b"], 6),
      (client) => {
        client.sendHead(404, "", ["A", "b"], 6);
        client.write(Buffer.from("secret"));
        client.end(["X", "y"]);
      },
    ];
    for (const act of acts) {
      const { inner, visit, client } = setUp();
      act(client);
      expect([inner.acts, client.isAnswered, visit.overridden]).toEqual([
        [],
        true,
        { status: 404, fields: ["A", "b"], client: inner },
      ]);
    }
  });

  test("overridden client: an error that gw makes of a request that its app has failed is gw's, and goes on", () => {
    const { inner, visit, client } = setUp();
    visit.refuse(new GwError("worker_died"));
    client.answer(502, "Bad Gateway", [], "page");
    expect([inner.acts, visit.overridden]).toEqual([["answer 502 Bad Gateway: page"], undefined]);
  });
});
