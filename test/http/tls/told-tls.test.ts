import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeVisit, encodeVisit } from "../../../src/http/reserved.ts";
import { decodeTls, encodeTls } from "../../../src/http/tls/told-tls.ts";

const text = fc.string({ unit: "binary" });

test("told tls: whatever stands in it comes through the reserved header as it was, and as one word", () => {
  const optional = fc.option(text, { nil: undefined });
  const certificate = fc.option(fc.uint8Array(), { nil: undefined });
  fc.assert(
    fc.property(text, text, optional, optional, certificate, (protocol, cipher, serverName, fault, shown) => {
      const told = { protocol, cipher, serverName, fault, certificate: shown };
      const word = encodeTls(told);
      expect(word).toMatch(/^[\w-]+$/);
      const visit = { token: "t", id: "i", scheme: "https", address: "::1", port: 1, queuedMs: 0, tls: word };
      for (const more of [{}, { above: "/a~b/" }, { local: { address: "::1", port: 2 } }])
        expect(decodeVisit(encodeVisit({ ...visit, ...more }))).toEqual({ ...visit, ...more });
      expect(decodeTls(word)).toEqual(told);
    }),
  );
});

test("told tls: what is none is nothing", () => {
  for (const word of [
    "",
    "x",
    Buffer.from("{}").toString("base64url"),
    Buffer.from("[1,2]").toString("base64url"),
  ])
    expect(decodeTls(word)).toBeUndefined();
});
