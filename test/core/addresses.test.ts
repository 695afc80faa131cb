import { describe, expect, test } from "bun:test";
import { bytesOfLiteral, createNetworks, plainAddress, textOfAddress } from "../../src/core/addresses.ts";

test("addresses: a literal one is what it says in every form, and a name is none", () => {
  const mapped = [...Array(10).fill(0), 255, 255, 127, 0, 0, 1];
  expect([...bytesOfLiteral("::ffff:127.0.0.1")!]).toEqual(mapped);
  expect([...bytesOfLiteral("0:0:0:0:0:ffff:7f00:1")!]).toEqual(mapped);
  expect([...bytesOfLiteral("2001:db8:1:2:3:4:5:6")!]).toEqual([
    32, 1, 13, 184, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6,
  ]);
  for (const host of ["localhost", "fe80::1%eth0", ""]) expect(bytesOfLiteral(host)).toBeUndefined();
});

test.each([
  ["::ffff:127.0.0.1", "127.0.0.1"],
  ["::FFFF:10.0.0.1", "10.0.0.1"],
  ["::ffff:7f00:1", "::ffff:7f00:1"],
  ["2001:DB8::1", "2001:db8::1"],
  ["192.0.2.1", "192.0.2.1"],
  ["", ""],
])("addresses: %s is shown as %s", (address, plain) => {
  expect(plainAddress(address)).toBe(plain);
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["2001:DB8:0:0::1", "2001:db8::1"],
  ["::", "::"],
  ["::1", "::1"],
  ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
])("addresses: the bytes of %s read %s", (address, text) => {
  expect(textOfAddress(bytesOfLiteral(address) as Uint8Array)).toBe(text);
});

describe("networks: by which clients are told apart", () => {
  for (const [address, network] of [
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8::1", "20010db800000000"],
    ["2001:db8:0:0:ffff:1:2:3", "20010db800000000"],
    ["2001:DB8:0:1::", "20010db800000001"],
    ["::1", "0000000000000000"],
    ["1::2:3:4:5:6:7", "0001000000020003"],
    ["fe80::1%eth0", "fe80::1%eth0"],
    ["no:address", "no:address"],
    ["", ""],
  ] as const)
    test(`${address || "none"} is counted with all of its /64`, () => {
      const networkOf = createNetworks();
      expect([networkOf(address), networkOf(address)]).toEqual([network, network]);
    });
});
