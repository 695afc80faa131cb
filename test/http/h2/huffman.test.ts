import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeHuffman } from "../../../src/http/h2/huffman.ts";
import { encodeHuffman } from "../../support/hpack.ts";

const decode = (hex: string) => {
  const bytes = Buffer.from(hex, "hex");
  return decodeHuffman(bytes, 0, bytes.length);
};

// The strings of RFC 7541 appendix C.4 and C.6.
test.each([
  ["f1e3c2e5f23a6ba0ab90f4ff", "www.example.com"],
  ["a8eb10649cbf", "no-cache"],
  ["25a849e95ba97d7f", "custom-key"],
  ["25a849e95bb8e8b4bf", "custom-value"],
  ["6402", "302"],
  ["aec3771a4b", "private"],
  ["d07abe941054d444a8200595040b8166e082a62d1bff", "Mon, 21 Oct 2013 20:13:21 GMT"],
  ["9d29ad171863c78f0b97c8e9ae82ae43d3", "https://www.example.com"],
  [
    "94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
    "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
  ],
  ["", ""],
])("huffman: %s is %j", (hex, text) => {
  expect(decode(hex)).toBe(text);
});

test.each([
  ["ff", "a whole byte of padding"],
  ["f1e3c2e5f23a6ba0ab90f4ffff", "padding that is longer than needed"],
  ["fffffffc", "the end-of-string symbol"],
  ["1e", "padding with a zero in it"],
  ["fff8", "half a word"],
])("huffman: %s is nothing: %s", (hex) => {
  expect(decode(hex)).toBeUndefined();
});

test("huffman: whatever was encoded is read again, byte for byte", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const text = Buffer.from(bytes).toString("latin1");
      const encoded = encodeHuffman(text);
      expect(decodeHuffman(encoded, 0, encoded.length)).toBe(text);
    }),
  );
});

test("huffman: any bytes end in a text or in nothing", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const text = decodeHuffman(bytes, 0, bytes.length);
      // The shortest words have five bits.
      if (text !== undefined) expect(text.length).toBeLessThanOrEqual((bytes.length * 8) / 5);
    }),
  );
});
