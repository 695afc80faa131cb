// What is HTTP/1.1's own about a client: versions, codings, and whether the connection goes on after an answer.
import { describe, expect, test } from "bun:test";
import { HAS_LENGTH, HAS_TRANSFER_ENCODING, WANTS_CLOSE } from "../../../../src/front/door/h1/native.ts";
import { fieldValue } from "../../../../src/http/fields.ts";
import { FakeClient } from "../../fakes.ts";

type Given = ConstructorParameters<typeof FakeClient>[0] & { isEnding?: boolean; refusesMore?: boolean };

function begin({ isEnding = false, refusesMore = false, ...given }: Given): FakeClient {
  const fake = new FakeClient(given);
  fake.isEnding = isEnding;
  if (refusesMore) fake.client.refuseMore();
  return fake;
}

describe("h1 client: Connection", () => {
  test.each<[what: string, given: Given, closes: boolean]>([
    ["is kept", {}, false],
    ["ends when the client wants that", { bits: WANTS_CLOSE }, true],
    ["ends after HTTP/1.0", { isHttp10: true }, true],
    ["ends when the body is not here", { hasBody: true }, true],
    ["ends when the front wants that", { isEnding: true }, true],
    ["ends when the client broke a rule", { refusesMore: true }, true],
  ])("it %s, and every kind of answer says so", (_what, given, closes) => {
    const acts = [closes ? "answered, close" : "answered"];
    const whole = begin(given);
    whole.client.answer(200, "OK", ["A", "b"], "");
    const bodiless = begin(given);
    bodiless.client.answerBodiless(304, "Not Modified", ["A", "b"], 5);
    const pieces = begin(given);
    pieces.client.sendHead(200, "OK", ["A", "b"], undefined);
    pieces.client.end();
    for (const fake of [whole, bodiless, pieces]) {
      expect(fieldValue(fake.sent[0]?.fields ?? [], "connection")).toBe(closes ? "close" : undefined);
      expect(fake.acts).toEqual(acts);
    }
  });

  test("whether it ends is decided with the head: who was not told keeps it", () => {
    const fake = begin({});
    fake.client.sendHead(200, "OK", [], undefined);
    fake.isEnding = true;
    fake.client.end();
    expect(fake.acts).toEqual(["answered"]);
  });
});

describe("h1 client: versions and codings", () => {
  test("HTTP/1.0 knows neither interim answers nor trailers, and needs no Host", () => {
    const facts = ({ client }: FakeClient) => [client.takesInterim, client.takesTrailers, client.mayOmitHost];
    expect(facts(begin({}))).toEqual([true, true, false]);
    expect(facts(begin({ isHttp10: true }))).toEqual([false, false, true]);
  });

  test.each<[fields: string[], isHttp10: boolean, isRight: boolean]>([
    [["Host", "a"], false, true],
    [["Transfer-Encoding", "chunked"], false, true],
    [["transfer-encoding", "Chunked"], false, true],
    [["Transfer-Encoding", "chunked"], true, false],
    [["Transfer-Encoding", "gzip, chunked"], false, false],
    [["Transfer-Encoding", ""], false, false],
    [["X", "Transfer-Encoding", "Transfer-Encoding", "chunked"], false, true],
    [["Transfer-Encoding", "chunked", "TRANSFER-ENCODING", "chunked"], false, false],
  ])("the codings of %j, HTTP/1.0 %p, are right: %p", (fields, isHttp10, isRight) => {
    const bits = fields.some((text) => /^transfer-encoding$/i.test(text)) ? HAS_TRANSFER_ENCODING : 0;
    expect(begin({ fields, isHttp10, bits }).client.malformed === undefined).toBe(isRight);
  });

  test.each<[fields: string[], isRight: boolean]>([
    [["Content-Length", "5"], true],
    [["Content-Length", "5", "content-length", "5"], false],
    [["X", "Content-Length", "Content-Length", "5"], true],
  ])("the lengths of %j are right: %p", (fields, isRight) => {
    expect(begin({ fields, bits: HAS_LENGTH }).client.malformed === undefined).toBe(isRight);
  });
});
