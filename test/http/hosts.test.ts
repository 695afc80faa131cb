import { expect, test } from "bun:test";
import fc from "fast-check";
import { canonicalHost, isAddress, splitPort } from "../../src/http/hosts.ts";

for (const [host, name] of [
  ["example.com", "example.com"],
  ["EXAMPLE.com:8000", "example.com"],
  ["example.com.", "example.com"],
  ["example.com.:80", "example.com"],
  ["%65xample.com", "example.com"],
  ["127.0.0.1:8000", "127.0.0.1"],
  ["0x7f.1", "127.0.0.1"],
  ["[::1]", "[::1]"],
  ["[0:0::1]:80", "[::1]"],
  ["[2001:DB8::A]", "[2001:db8::a]"],
  ["a_b", "a_b"],
] as const) {
  test(`hosts: ${host} is ${name}`, () => expect(canonicalHost(host)).toBe(name));
}

test.each([
  ["a.b", "a.b", ""],
  ["a.b:80", "a.b", "80"],
  ["a.b:", "a.b", ""],
  ["[::1]", "[::1]", ""],
  ["[::1]:8443", "[::1]", "8443"],
])("hosts: %s is %s at port %j", (host, name, port) => {
  expect(splitPort(host)).toEqual([name, port]);
});

test("hosts: the name is that of URLs, whatever its letter case and port, and has no other spelling", () => {
  const label = fc.constantFrom("a", "B", "xn--bcher-kva", "1", "0x10", "a-b", "%61");
  const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
  fc.assert(
    fc.property(host, fc.constantFrom("", ":80", ".", ".:8000"), (bare, end) => {
      if (!URL.canParse(`http://${bare}${end}/`)) return;
      const name = canonicalHost(`${bare}${end}`);
      expect(name).toBe(new URL(`http://${bare}/`).hostname);
      expect(canonicalHost(name)).toBe(name);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ["127.0.0.1", true],
  ["0x7f.1", true],
  ["[::1]", true],
  ["[2001:DB8::A]:80", true],
  ["localhost", false],
  ["1.2.3.4.example.com", false],
  ["1.example", false],
])("hosts: %s is an address: %j", (host, is) => {
  expect(isAddress(canonicalHost(host))).toBe(is);
});
