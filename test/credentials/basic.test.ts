// Authorization: Basic, read as RFC 7617 has it and no more leniently.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { basicChallenge, readBasic } from "../../src/credentials/basic.ts";
import { isUserName } from "../../src/credentials/user-names.ts";

const basic = (text: string | Uint8Array) => `Basic ${Buffer.from(text as string).toString("base64")}`;

test.each([
  ["Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"],
  ["basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"],
  ["BASIC   QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"],
  // RFC 7617 section 2.1.
  ["Basic dGVzdDoxMjPCow==", "test", "123£"],
  [basic("a:"), "a", ""],
  [basic("a:b:c"), "a", "b:c"],
  [basic("a: b "), "a", " b "],
  [basic("jo\u0308rg:o\u0308"), "jörg", "ö"],
])("basic: %s", (value, user, password) => {
  expect(readBasic(value)).toEqual({ user, password });
});

test.each([
  ["nothing", ""],
  ["no credentials", "Basic"],
  ["no credentials behind a space", "Basic "],
  ["another scheme", "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ=="],
  ["a scheme that begins like it", "Basics QWxhZGRpbjpvcGVuIHNlc2FtZQ=="],
  ["a tab in the place of a space", "Basic\tQWxhZGRpbjpvcGVuIHNlc2FtZQ=="],
  ["no padding", "Basic dGVzdDoxMjPCow"],
  ["too much padding", "Basic YTpi="],
  ["bits where there have to be none", "Basic YTo9YR=="],
  ["the alphabet of URLs", "Basic Pz8_Oj8-"],
  ["two credentials", "Basic YTpi, Basic YTpi"],
  ["something behind it", "Basic YTpi x"],
  ["a space behind it", "Basic YTpi "],
  ["no colon", basic("alice")],
  ["no user", basic(":secret")],
  ["a user with a line end", basic("a\r\nX-Remote-User: root:b")],
  ["a user that a header would make another one", basic(" root:b")],
  ["a password with a control character", basic("a:b\0c")],
  ["a password with a line end", basic("a:b\n")],
  ["Latin-1", basic(Uint8Array.from([0x61, 0x3a, 0xe9]))],
  ["a character in more bytes than it needs", basic(Uint8Array.from([0x61, 0x3a, 0xc1, 0x81]))],
  ["half a character", basic(Uint8Array.from([0x61, 0x3a, 0xed, 0xa0, 0x80]))],
  ["9 kB", basic(`a:${"b".repeat(9 * 1024)}`)],
  ["a megabyte", basic(`a:${"b".repeat(1024 * 1024)}`)],
])("basic: %s is refused", (_, value) => {
  expect(readBasic(value)).toBeUndefined();
});

test("basic: whatever a client may send is read as it was sent", () => {
  const word = fc.string({ unit: "grapheme", maxLength: 30 });
  fc.assert(
    fc.property(word, word, (name, secret) => {
      const [user, password] = [name.normalize("NFC"), secret.normalize("NFC")];
      fc.pre(isUserName(user) && !user.includes(":"));
      fc.pre(
        !/[\p{Cc}\p{Cs}]/u.test(password) && `${user}:${password}` === `${user}:${password}`.normalize("NFC"),
      );
      expect(readBasic(basic(`${user}:${password}`))).toEqual({ user, password });
    }),
  );
});

test("basic: no bytes at all make it throw, or let through what is no name", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const read = readBasic(basic(bytes));
      expect(read === undefined || isUserName(read.user)).toBe(true);
    }),
  );
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void readBasic(text)));
});

test("basic: the challenge names the realm and the charset", () => {
  expect(basicChallenge("the shop")).toBe('Basic realm="the shop", charset="UTF-8"');
});
