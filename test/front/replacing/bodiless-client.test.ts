// HEAD that an app answers as GET.
import { describe, expect, test } from "bun:test";
import { BodilessClient } from "../../../src/front/replacing/bodiless-client.ts";
import { Ends, idleHolder, visitOf } from "../fakes.ts";
import { PlainClient } from "../plain-client.ts";

function setUp() {
  const inner = new PlainClient({ method: "HEAD" });
  const ends = new Ends();
  const visit = visitOf(inner, 0, "id", ends);
  const client = new BodilessClient(inner, visit);
  visit.client = client;
  visit.handTo(idleHolder());
  return { inner, ends, visit, client };
}

describe("bodiless client", () => {
  test("bodiless client: a whole answer has its length, and no body", () => {
    const { inner, client, visit } = setUp();
    visit.sentBytes = 5;
    client.answer(200, "OK", ["A", "b"], "\u00fcber");
    expect([inner.acts, inner.answerFields, visit.sentBytes]).toEqual([
      ["answer 200 without a body, of 5"],
      ["A", "b"],
      0,
    ]);
    expect(client.takesTrailers).toBe(false);
  });

  test("bodiless client: a little more is read to its end", async () => {
    const { inner, client, visit, ends } = setUp();
    client.sendHead(200, "OK", [], 65_536);
    visit.sentBytes += 3;
    expect([client.write(Buffer.from("abc")), client.isAnswered, visit.sentBytes]).toEqual([true, true, 0]);
    client.end();
    await new Promise(setImmediate);
    expect([inner.acts, ends.all]).toEqual([["answer 200 without a body, of 65536"], []]);
  });

  test.each([undefined, 65_537])("bodiless client: of %p bytes no more is taken", async (length) => {
    const { inner, client, ends } = setUp();
    client.sendHead(200, "OK", [], length);
    expect(ends.all).toEqual([]);
    await new Promise(setImmediate);
    expect([ends.kinds, inner.acts.length]).toEqual([["answered"], 1]);
  });
});
