import { describe, expect, test } from "bun:test";
import { RecordedClient } from "../../../src/front/recorder/recorded-client.ts";
import { Recording } from "../../../src/front/recorder/recording.ts";
import { PlainClient } from "../plain-client.ts";

const FIELDS = ["Content-Type", "text/plain"];

function setUp() {
  const inner = new PlainClient({ wantsWebSocket: true });
  const client = new RecordedClient(inner, new Recording(100));
  const kept = () => {
    const { status, reason, fields, answered } = client.recording;
    return { status, reason, fields, body: answered.read("text/plain", "") };
  };
  return { inner, client, kept };
}

describe("recorded client: passes everything on, and keeps", () => {
  test("an answer as a whole", () => {
    const { inner, client, kept } = setUp();
    client.answer(200, "OK", FIELDS, "hello");
    expect(inner.isAnswered).toBe(true);
    expect(kept()).toEqual({ status: 200, reason: "OK", fields: FIELDS, body: { bytes: 5, text: "hello" } });
  });

  test("an answer in pieces", () => {
    const { inner, client, kept } = setUp();
    client.sendHead(201, "Created", FIELDS);
    client.write(Buffer.from("one "));
    client.write(Buffer.from("two"));
    client.end();
    expect(inner.acts).toEqual(["head 201", "piece one ", "piece two", "end"]);
    expect(kept()).toMatchObject({ status: 201, body: { bytes: 7, text: "one two" } });
  });

  test("one whose app has given no reason has that of the standard, as its client has seen", () => {
    const { client, kept } = setUp();
    client.answer(303, "", FIELDS, "");
    expect(kept()).toMatchObject({ status: 303, reason: "See Other" });
  });

  test("one without a body, and a switch to another protocol", () => {
    const bodiless = setUp();
    bodiless.client.answerBodiless(304, "Not Modified", FIELDS, 7);
    expect(bodiless.kept()).toMatchObject({ status: 304, body: { bytes: 0 } });
    const { client, kept } = setUp();
    client.openTunnel("Switching Protocols", FIELDS, {} as never);
    expect(kept()).toMatchObject({ status: 101, body: { bytes: 0 } });
  });
});
