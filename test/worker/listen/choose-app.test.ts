// Which listener of a program is the app. The effects are tested on real programs in listeners.test.ts.
import { describe, expect, test } from "bun:test";
import { type Address, addressOf, describeAddress, isPrivate } from "../../../src/worker/listen/address.ts";
import { chooseApp, type Ports, type Standing, standingOf } from "../../../src/worker/listen/choose-app.ts";

const at = (port: number, host = ""): Address => ({ port, host, unix: undefined });
const socket: Address = { port: 0, host: "", unix: "/tmp/app.sock" };
const TOLD: Ports = { told: [8000, 5000], named: undefined };
const NAMED: Ports = { told: [8000], named: 3000 };

describe("standing: what a listener is when it is opened", () => {
  const ROWS: [what: string, asked: Address, app: Address | undefined, ports: Ports, standing: Standing][] = [
    ["on the public port", at(8000), undefined, TOLD, "app"],
    ["on what PORT says", at(5000), undefined, TOLD, "app"],
    ["on the public port, of loopback", at(8000, "127.0.0.1"), undefined, TOLD, "app"],
    ["on another port, before the app", at(3000), undefined, TOLD, "held"],
    ["on a socket", socket, undefined, TOLD, "held"],
    ["on any free port", at(0), undefined, TOLD, "held"],
    ["on another port than the app", at(9090), at(8000), TOLD, "other"],
    ["on any free port after the app", at(0), at(8000), TOLD, "other"],
    ["on a socket after the app", socket, at(3000), TOLD, "other"],
    ["on another free port", at(0), at(0), TOLD, "other"],
    ["on the app's port of another address", at(3000, "::1"), at(3000, "127.0.0.1"), TOLD, "twin"],
    ["on the public port again", at(8000, "::1"), at(8000), TOLD, "twin"],
    ["on the public port, of an app that PORT told another", at(8000), at(5000), TOLD, "twin"],
    ["on PORT, too late", at(8000), at(3000), TOLD, "late"],
    ["on the named port", at(3000), undefined, NAMED, "app"],
    ["on the public port where another is named", at(8000), undefined, NAMED, "twin"],
    ["on another port than the one named", at(9090), undefined, NAMED, "other"],
    ["on the public port, with the named one served", at(8000), at(3000), NAMED, "twin"],
  ];
  test.each(ROWS)("standing: %s", (_what, asked, app, ports, standing) => {
    expect(standingOf(asked, app, ports)).toBe(standing);
  });
});

describe("choice: among listeners that nothing was told about", () => {
  const ROWS: [what: string, held: Address[], chosen: number | [number, number] | "none"][] = [
    ["none", [], "none"],
    ["the only one", [at(3000, "127.0.0.1")], 0],
    ["the only one, on a socket", [socket], 0],
    ["the only one, on any free port", [at(0)], 0],
    ["the one that is not on loopback", [at(9090, "127.0.0.1"), at(3000)], 1],
    ["the one that is not on loopback, by name", [at(9090, "localhost"), at(3000, "0.0.0.0")], 1],
    ["the one that is not on loopback, of both families", [at(9090, "::1"), at(3000, "::")], 1],
    ["the one that is not a socket", [socket, at(3000)], 1],
    ["the one with a port of its own", [at(0), at(3000)], 1],
    ["the one with a port of its own, of loopback", [at(0, "127.0.0.1"), at(3000, "127.0.0.1")], 1],
    ["one that is reachable, whatever its port", [at(3000, "127.0.0.1"), at(0)], 1],
    ["two addresses of one port", [at(3000, "127.0.0.1"), at(3000, "::1")], 0],
    ["one port on loopback and elsewhere", [at(3000, "127.0.0.1"), at(9090, "::1"), at(3000, "10.0.0.1")], 0],
    ["two that anyone can reach", [at(3000), at(4000)], [0, 1]],
    ["two that nobody can reach", [at(3000, "127.0.0.1"), at(4000, "::1")], [0, 1]],
    ["two on any free port", [at(0), at(0)], [0, 1]],
    ["two of three", [at(9090, "127.0.0.1"), at(3000), at(4000)], [1, 2]],
  ];
  test.each(ROWS)("choice: %s", (_what, held, chosen) => {
    const pick = (index: number) => held[index] as Address;
    const wanted = Array.isArray(chosen)
      ? { tie: [pick(chosen[0]), pick(chosen[1])] as [Address, Address] }
      : chosen === "none"
        ? "none"
        : { app: pick(chosen) };
    expect(chooseApp(held)).toEqual(wanted);
  });
});

describe("address: as Bun.serve reads its options", () => {
  test.each([
    ["a number", { port: 3000 }, {}, at(3000)],
    ["text", { port: "3000", hostname: "::1" }, {}, at(3000, "::1")],
    ["none: what PORT says", {}, { PORT: "8000" }, at(8000)],
    ["none: what BUN_PORT says first", {}, { PORT: "8000", BUN_PORT: "1" }, at(1)],
    ["none at all", {}, {}, at(3000)],
    ["any free one", { port: 0 }, { PORT: "8000" }, at(0)],
    ["a socket", { unix: "/tmp/app.sock", port: 1 }, {}, socket],
    ["nonsense", { port: "x" }, {}, at(0)],
  ])("address: %s", (_what, asked, environment, address) => {
    expect(addressOf(asked, environment)).toEqual(address);
  });

  test.each(["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "::ffff:127.0.0.1"])(
    "private: %s",
    (host) => expect(isPrivate(at(1, host))).toBe(true),
  );
  test.each(["", "0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example", "localhost.example"])(
    "public: %j",
    (host) => expect(isPrivate(at(1, host))).toBe(false),
  );

  test("address: in words", () => {
    expect([at(3000), at(3000, "::1"), at(0, "::1"), socket].map(describeAddress)).toEqual([
      ...["port 3000", "port 3000 of ::1", "any free port of ::1", "the socket /tmp/app.sock"],
    ]);
  });
});
