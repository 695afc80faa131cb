// Addresses of listeners, and who gets whose clients.
import { describe, expect, test } from "bun:test";
import { bytesOfLiteral } from "../../../src/core/addresses.ts";
import { bytesOf, describeAddress, takesClientsOf } from "../../../src/supervisor/fronts/addresses.ts";

const hexOf = (host: string) => bytesOfLiteral(host)!.toHex();

describe("addresses", () => {
  test.each([
    ["7f000001", "127.0.0.1", [127, 0, 0, 1]],
    ["00000000", "0.0.0.0", [0, 0, 0, 0]],
    ["00000000000000000000000000000001", "[::1]", [...Array(15).fill(0), 1]],
    ["00000000000000000000000000000000", "[::]", Array(16).fill(0)],
    ["20010db8000000000000000000000001", "[2001:db8::1]", [0x20, 1, 0x0d, 0xb8, ...Array(11).fill(0), 1]],
  ])("addresses: %s is %s", (address, text, bytes) => {
    expect(describeAddress({ address })).toBe(text);
    expect([...bytesOf({ address })]).toEqual(bytes);
    expect([...(bytesOfLiteral(text) ?? [])]).toEqual(bytes);
  });

  test.each([
    ["0.0.0.0", "127.0.0.1", true],
    ["0.0.0.0", "::1", true],
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.1", "0.0.0.0", false],
    ["127.0.0.1", "::1", false],
  ])("addresses: clients of %s may get to %s: %p", (own, other, isSo) => {
    expect(takesClientsOf({ address: hexOf(own) }, { address: hexOf(other) })).toBe(isSo);
  });
});
