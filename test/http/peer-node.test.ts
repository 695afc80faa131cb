import { expect, test } from "bun:test";
import { portOf, readNode } from "../../src/http/peer-node.ts";

test.each([
  ["192.0.2.1", "192.0.2.1", undefined],
  ["192.0.2.1:80", "192.0.2.1", 80],
  ["2001:db8::1", "2001:db8::1", undefined],
  ["[2001:db8::1]", "2001:db8::1", undefined],
  ["[2001:db8::1]:65535", "2001:db8::1", 65_535],
  // What is an address of IPv4 is told as one.
  ["::ffff:192.0.2.1", "192.0.2.1", undefined],
  ["[::ffff:192.0.2.1]:80", "192.0.2.1", 80],
  ["192.0.2.1:0", "192.0.2.1", undefined],
  ["192.0.2.1:65536", "192.0.2.1", undefined],
])("peer node: %s", (text, address, port) => {
  expect(readNode(text)).toEqual({ address, port: port as number });
});

test.each([
  "",
  "unknown",
  "_hidden",
  "localhost",
  "192.0.2",
  "192.0.2.1:",
  "192.0.2.1:a",
  "[192.0.2.1]",
  "[::1",
  "::1]:80",
  "192.0.2.1 ",
  "256.0.2.1",
])("peer node: %j is no address", (text) => {
  expect(readNode(text)).toBeUndefined();
});

test.each([
  ["1", 1],
  ["65535", 65_535],
  ["00080", 80],
  ["0", undefined],
  ["65536", undefined],
  ["999999", undefined],
  ["-1", undefined],
  ["8 0", undefined],
  ["", undefined],
  [undefined, undefined],
])("port: %p", (text, port) => {
  expect(portOf(text)).toBe(port as number);
});
