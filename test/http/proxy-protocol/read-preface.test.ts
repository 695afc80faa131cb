import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { crc32c } from "../../../src/http/proxy-protocol/crc32c.ts";
import { PREFACE_BYTES, type Preface } from "../../../src/http/proxy-protocol/preface.ts";
import { readPreface } from "../../../src/http/proxy-protocol/read-preface.ts";
import { HAPROXY } from "./haproxy.ts";
import { factsOf, prefaceOf, withChecksum } from "./prefaces.ts";

const text = (line: string) => Buffer.from(line, "latin1");
const reasonOf = (preface: Preface) => (preface.state === "wrong" ? preface.reason : preface);
const clientOf = (preface: Preface) => (preface.state === "whole" ? preface.client : preface);

describe("bytes that HAProxy 2.6 has sent", () => {
  test.each(HAPROXY)("preface: $name", ({ hex, client }) => {
    const bytes = Buffer.from(hex, "hex");
    const whole = { state: "whole", bytes: bytes.length, ...(client && { client }) } as const;
    expect(readPreface(bytes)).toEqual(whole);
    // Whatever follows is the client's.
    expect(readPreface(Buffer.concat([bytes, text("GET / HTTP/1.1\r\n")]))).toEqual(whole);
    for (let length = 0; length < bytes.length; length++)
      expect(readPreface(bytes.subarray(0, length)).state).toBe("short");
  });
});

describe("version 1", () => {
  test.each([
    ["PROXY TCP4 192.0.2.1 192.0.2.2 1 65535\r\n", "192.0.2.1", 1, "192.0.2.2", 65_535],
    ["PROXY TCP6 2001:DB8::1 ::1 0 443\r\n", "2001:db8::1", 0, "::1", 443],
    ["PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n", "192.0.2.1", 1, "::1", 2],
  ])("preface: %j", (line, address, port, local, localPort) => {
    expect(clientOf(readPreface(text(line)))).toEqual({
      source: { address, port },
      destination: { address: local, port: localPort },
    });
  });

  test("preface: UNKNOWN says nothing, whatever follows it", () => {
    const line = "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n";
    expect(readPreface(text(line))).toEqual({ state: "whole", bytes: line.length });
  });

  const NO_ENDS = "the line of the preface names no two ends of a connection";
  test.each([
    ["PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n", "the line of the preface ends in LF alone"],
    [`PROXY UNKNOWN ${"a".repeat(200)}`, "the line of the preface has more than 107 bytes"],
    [`PROXY UNKNOWN ${"a".repeat(92)}\r\n`, "the line of the preface has more than 107 bytes"],
    ["PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n", NO_ENDS],
    ["PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n", NO_ENDS],
    ["PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n", NO_ENDS],
    ["PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n", NO_ENDS],
    ["PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n", NO_ENDS],
    ["PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n", NO_ENDS],
    ["PROXY TCP4 ::1 ::1 1 2\r\n", NO_ENDS],
    ["PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n", NO_ENDS],
    ["PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n", NO_ENDS],
    ["PROXY TCP4 192.0.2.1 example.com 1 2\r\n", NO_ENDS],
    ["PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n", NO_ENDS],
    ["PROXY toString 192.0.2.1 192.0.2.2 1 2\r\n", NO_ENDS],
    ["PROXY \r\n", NO_ENDS],
  ])("preface: %j is refused", (line, reason) => {
    expect(reasonOf(readPreface(text(line)))).toBe(reason);
  });
});

describe("version 2", () => {
  const ENDS = [192, 0, 2, 1, 192, 0, 2, 2, 0, 80, 1, 187];
  const client = {
    source: { address: "192.0.2.1", port: 80 },
    destination: { address: "192.0.2.2", port: 443 },
  };

  test.each([
    ["addresses of IPv4", { family: 0x11, ends: ENDS }, client],
    ["a client of HTTP/3", { family: 0x12, ends: ENDS }, client],
    ["a proxy that does not know", { family: 0x00, ends: [] }, undefined],
    [
      "a proxy that does not know, and says more",
      { family: 0x00, ends: [], facts: factsOf([4, "noop"]) },
      undefined,
    ],
    ["a proxy that speaks for itself", { command: 0, family: 0xff, ends: [1, 2, 3] }, undefined],
    ["a UNIX socket of the proxy", { family: 0x31, ends: Array(216).fill(0) }, {}],
    ["unknown facts", { family: 0x11, ends: ENDS, facts: factsOf([0xee, "x"], [4, ""]) }, client],
  ])("preface: %s", (_, parts, told) => {
    expect(readPreface(prefaceOf(parts))).toEqual({
      state: "whole",
      bytes: prefaceOf(parts).length,
      ...(told && { client: told }),
    });
  });

  test("preface: of facts that a client may choose nothing can end a line", () => {
    const facts = factsOf(
      [2, "a\r\nX-Evil: 1"],
      [1, "h2\0"],
      [0x20, Buffer.concat([Uint8Array.of(7, 0, 0, 0, 0), factsOf([0x22, "CN\nx"])])],
    );
    expect(clientOf(readPreface(prefaceOf({ family: 0x11, ends: ENDS, facts })))).toEqual({
      ...client,
      authority: "a\ufffd\ufffdX-Evil: 1",
      protocol: "h2\ufffd",
      tls: { certificate: { verified: true, commonName: "CN\ufffdx" } },
    });
  });

  test("preface: a client without TLS has none, and one without a certificate shows none", () => {
    const tls = (...bytes: number[]) => factsOf([0x20, Uint8Array.from(bytes)]);
    const read = (facts: Uint8Array) => clientOf(readPreface(prefaceOf({ family: 0x11, ends: ENDS, facts })));
    expect(read(tls(0, 0, 0, 0, 0))).toEqual(client);
    expect(read(tls(1, 0, 0, 0, 0))).toEqual({ ...client, tls: {} });
    expect(read(tls(3, 0, 0, 0, 1))).toEqual({ ...client, tls: { certificate: { verified: false } } });
  });

  const family = (wrong: number, ends: number[]) => prefaceOf({ family: wrong, ends });
  const facts = (bytes: Uint8Array) => prefaceOf({ family: 0x11, ends: ENDS, facts: bytes });
  test.each([
    ["another version", Buffer.from(prefaceOf({ version: 1, family: 0x11, ends: ENDS })), "version 1"],
    ["another command", prefaceOf({ command: 2, family: 0x11, ends: ENDS }), "unknown command 2"],
    ["an unknown family", family(0x41, ENDS), "unknown family, 0x41"],
    ["an unknown kind", family(0x13, ENDS), "unknown family, 0x13"],
    ["too few bytes for IPv4", family(0x11, ENDS.slice(1)), "too few bytes"],
    ["too few bytes for IPv6", family(0x21, Array(35).fill(0)), "too few bytes"],
    ["too few bytes for UNIX", family(0x31, Array(215).fill(0)), "too few bytes"],
    ["half a fact", facts(Uint8Array.of(2, 0)), "cut off"],
    ["a fact longer than the rest", facts(Uint8Array.of(2, 0, 9, 65)), "cut off"],
    ["half a fact on TLS", facts(factsOf([0x20, Uint8Array.of(1, 0)])), "of TLS is cut off"],
    [
      "a cut fact within TLS",
      facts(factsOf([0x20, Uint8Array.of(1, 0, 0, 0, 0, 0x22, 0, 9)])),
      "of TLS is cut off",
    ],
    ["a long unique id", facts(factsOf([5, "x".repeat(129)])), "more than 128 bytes"],
    ["a short checksum", facts(factsOf([3, "abc"])), "checksum"],
    ["a wrong checksum", facts(factsOf([3, Uint8Array.of(1, 2, 3, 4)])), "checksum"],
    [
      "more than what is taken",
      prefaceOf({ family: 0, ends: Array(PREFACE_BYTES).fill(0) }),
      "more than 16384",
    ],
  ])("preface: %s is refused", (_, bytes, part) => {
    expect(reasonOf(readPreface(bytes))).toContain(part);
  });

  test("preface: one that is too long is refused as soon as its length is known", () => {
    const head = prefaceOf({ family: 0, ends: Array(PREFACE_BYTES).fill(0) }).subarray(0, 16);
    expect(readPreface(head).state).toBe("wrong");
  });

  test("preface: the checksum covers each byte", () => {
    const good = withChecksum(
      prefaceOf({ family: 0x11, ends: ENDS, facts: factsOf([3, new Uint8Array(4)], [2, "shop.example"]) }),
    );
    expect(clientOf(readPreface(good))).toEqual({ ...client, authority: "shop.example" });
    fc.assert(
      fc.property(
        fc.integer({ min: 16, max: good.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, change) => {
          const bad = Uint8Array.from(good);
          bad[at] = (bad[at] as number) ^ change;
          // Without its type and its length there is no checksum left to be looked at.
          fc.pre(at < 28 || at > 30);
          expect(readPreface(bad).state).toBe("wrong");
        },
      ),
    );
  });
});

test("preface: the checksum is that of the books", () => {
  expect(crc32c(text("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
});

test.each(["", "P", "PROXY", "\r\n", "\r\n\r\n\0\r\nQUIT"])("preface: %j may become one", (begun) => {
  expect(readPreface(text(begun)).state).toBe("short");
});

test.each(["GET / HTTP/1.1\r\n", "PROXX", "\x16\x03\x01\x02\x00", "proxy TCP4", "\r\nPROXY"])(
  "preface: %j is none",
  (bytes) => {
    expect(reasonOf(readPreface(text(bytes)))).toBe("it does not begin with a preface of the PROXY protocol");
  },
);

test("preface: whatever comes, it is short, wrong or whole, and never longer than what there is", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }).map((rest) => Buffer.concat([text("PROXY "), rest])),
    fc
      .tuple(fc.uint8Array({ minLength: 2, maxLength: 2 }), fc.uint8Array({ maxLength: 300 }))
      .map(([[command = 0, family = 0], rest]) =>
        prefaceOf({ version: command >> 4, command: command & 1, family, ends: [...rest] }),
      ),
    fc
      .uint8Array({ maxLength: 300 })
      .map((rest) => prefaceOf({ family: 0x11, ends: Array(12).fill(1), facts: rest })),
  );
  fc.assert(
    fc.property(bytes, (all) => {
      const read = readPreface(all);
      if (read.state === "whole") expect(read.bytes).toBeLessThanOrEqual(all.length);
      if (read.state === "short") expect(read.most).toBeGreaterThan(all.length);
    }),
  );
});
