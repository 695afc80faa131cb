import { describe, expect, test } from "bun:test";
import { takesClientsOf } from "../../../src/supervisor/fronts/public-port.ts";
import {
  bytesOf,
  bytesOfLiteral,
  describeAddress,
  listeningOf,
  listeningOn,
} from "../../../src/supervisor/host/listeners.ts";

describe("listeners", () => {
  test.each([
    ["0100007F", "127.0.0.1", [127, 0, 0, 1]],
    ["00000000", "0.0.0.0", [0, 0, 0, 0]],
    ["00000000000000000000000001000000", "[::1]", [...Array(15).fill(0), 1]],
    ["00000000000000000000000000000000", "[::]", Array(16).fill(0)],
    ["B80D0120000000000000000001000000", "[2001:db8::1]", [0x20, 1, 0x0d, 0xb8, ...Array(11).fill(0), 1]],
  ])("listeners: %s is %s", (address, text, bytes) => {
    expect(describeAddress({ address })).toBe(text);
    expect([...bytesOf({ address })]).toEqual(bytes);
    expect([...(bytesOfLiteral(text) ?? [])]).toEqual(bytes);
  });

  test("listeners: a literal address is what it says in every form, and a name is none", () => {
    const mapped = [...Array(10).fill(0), 255, 255, 127, 0, 0, 1];
    expect([...bytesOfLiteral("::ffff:127.0.0.1")!]).toEqual(mapped);
    expect([...bytesOfLiteral("0:0:0:0:0:ffff:7f00:1")!]).toEqual(mapped);
    expect([...bytesOfLiteral("2001:db8:1:2:3:4:5:6")!]).toEqual([
      32, 1, 13, 184, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6,
    ]);
    for (const host of ["localhost", "fe80::1%eth0", ""]) expect(bytesOfLiteral(host)).toBeUndefined();
  });

  test("listeners: a server of this process is found, and gone when it is", () => {
    const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
    const port = server.port!;
    expect(listeningOf(process.pid, listeningOn(port))).toMatchObject({ address: "0100007F", port });
    server.stop(true);
    expect(listeningOn(port)).toEqual([]);
  });

  test.each([
    ["0.0.0.0", "127.0.0.1", true],
    ["0.0.0.0", "::1", true],
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.1", "0.0.0.0", false],
    ["127.0.0.1", "::1", false],
  ])("listeners: clients of %s may get to %s: %p", (own, other, isSo) => {
    const hex: Record<string, string> = {
      "0.0.0.0": "00000000",
      "127.0.0.1": "0100007F",
      "::1": "00000000000000000000000001000000",
    };
    expect(takesClientsOf({ address: hex[own]! }, { address: hex[other]! })).toBe(isSo);
  });
});
