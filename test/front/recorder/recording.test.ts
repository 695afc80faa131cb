import { describe, expect, test } from "bun:test";
import { BodyStart } from "../../../src/front/recorder/recording.ts";

const bytes = (text: string) => Buffer.from(text);

describe("recording: the beginning of a body", () => {
  test.each<[string, number, (string | Uint8Array)[], string, object]>([
    ["nothing", 10, [], "", { bytes: 0 }],
    ["a text in pieces", 10, ["abc", "def"], "", { bytes: 6, text: "abcdef" }],
    ["one that is too long", 4, ["abc", "def"], "", { bytes: 6, text: "abcd", isCut: true }],
    ["a character that is cut through", 4, ["abc€"], "", { bytes: 6, text: "abc", isCut: true }],
    ["what is no text", 10, [new Uint8Array([0xff, 0])], "", { bytes: 2, base64: "/wA=" }],
    ["what is compressed", 10, ["ab"], "gzip", { bytes: 2, base64: "YWI=" }],
    ["none of it", 0, ["abc"], "", { bytes: 3 }],
  ])("%s", (_name, most, pieces, coding, expected) => {
    const body = new BodyStart(most);
    for (const piece of pieces) body.add(typeof piece === "string" ? bytes(piece) : piece);
    expect(body.read("text/plain", coding)).toEqual(expected);
  });

  test("what was kept is a copy", () => {
    const body = new BodyStart(10);
    const piece = bytes("abc");
    body.add(piece);
    piece.fill(0);
    expect(body.read("text/plain", "")).toEqual({ bytes: 3, text: "abc" });
  });
});
