import { describe, expect, test } from "bun:test";
import {
  addressOf,
  describeAddress,
  factsOf,
  isPrivate,
  portOf,
} from "../../../src/worker/listen/address.ts";

describe("address: as Bun.serve reads its options", () => {
  test.each([
    ["a port", { port: 80 }, {}, { port: 80, host: "", unix: undefined }],
    [
      "one as text, with a host",
      { port: "80", hostname: "::1" },
      {},
      { port: 80, host: "::1", unix: undefined },
    ],
    ["any free one", { port: 0 }, { PORT: "5" }, { port: 0, host: "", unix: undefined }],
    ["nothing", {}, {}, { port: 3000, host: "", unix: undefined }],
    ["nothing, and BUN_PORT before PORT", {}, { PORT: "5", BUN_PORT: "4", NODE_PORT: "6" }, { port: 4 }],
    ["nothing, and PORT before NODE_PORT", {}, { PORT: "5", NODE_PORT: "6" }, { port: 5 }],
    ["nothing, and an empty variable", {}, { PORT: "", NODE_PORT: "6" }, { port: 6 }],
    [
      "a socket, whatever else is said",
      { unix: "/a.sock", port: 80 },
      {},
      { port: 0, host: "", unix: "/a.sock" },
    ],
  ])("%s", (_, options, environment, address) => {
    expect(addressOf(options as never, environment)).toMatchObject(address);
  });

  test.each([
    [80, 80],
    ["80", 80],
    [65_535, 65_535],
    [65_536, 0],
    [-1, 0],
    [1.5, 0],
    ["http", 0],
    [undefined, 0],
    [null, 0],
  ])("%p as a port is %d", (value, port) => {
    expect(portOf(value)).toBe(port);
  });
});

describe("address: whether somebody on another machine could reach it", () => {
  const at = (host: string, unix?: string) => ({ port: 80, host, unix });
  test.each(["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1", "[::1]", "::ffff:127.0.0.1"])(
    "not %s",
    (host) => {
      expect(isPrivate(at(host))).toBe(true);
    },
  );

  test.each(["", "0.0.0.0", "::", "192.0.2.1", "localhost.test", "1127.0.0.1", "127.0.0.1.test"])(
    "but %j",
    (host) => {
      expect(isPrivate(at(host))).toBe(false);
    },
  );

  test("not a socket, whatever its name", () => {
    expect(isPrivate(at("", "/a.sock"))).toBe(true);
  });
});

test.each([
  [{ port: 80, host: "", unix: undefined }, "port 80", { port: 80 }],
  [{ port: 80, host: "::1", unix: undefined }, "port 80 of ::1", { port: 80, host: "::1" }],
  [{ port: 0, host: "", unix: undefined }, "any free port", { port: 0 }],
  [{ port: 0, host: "", unix: "/a.sock" }, "the socket /a.sock", { socket: "/a.sock" }],
])("address: %j in words and for the log", (address, words, facts) => {
  expect([describeAddress(address), factsOf(address)] as unknown[]).toEqual([words, facts]);
});
