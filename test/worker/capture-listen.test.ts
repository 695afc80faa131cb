// Which listener of a program gets gw's place. The effects are tested on real programs in apps.test.ts.
import { describe, expect, test } from "bun:test";
import { decideFate, type Fate } from "../../src/worker/capture-listen.ts";

const FIRST = { port: 3000, hostname: "127.0.0.1" };

const ROWS: [
  what: string,
  asked: Record<string, unknown>,
  first: Record<string, unknown> | undefined,
  fate: Fate,
][] = [
  ["the first of a program", { port: 3000 }, undefined, "first"],
  ["the first, on a socket of the program's own", { unix: "/tmp/app.sock" }, undefined, "first"],
  ["the same port on another address", { port: 3000, hostname: "::1" }, FIRST, "twin"],
  ["the same port as text", { port: "3000" }, FIRST, "twin"],
  ["the public port, as a program learns it from its first listener", { port: 8000 }, FIRST, "twin"],
  ["another port", { port: 9090 }, FIRST, "second"],
  ["any free port", { port: 0 }, FIRST, "second"],
  ["any free port, as the first one did", { port: 0 }, { port: 0 }, "second"],
  ["no port at all", {}, {}, "second"],
  ["a socket after a port", { unix: "/tmp/app.sock" }, FIRST, "second"],
];

describe("capture", () => {
  test.each(ROWS)("capture: %s", (_what, asked, first, fate) => {
    expect(decideFate(asked, first, 8000)).toBe(fate);
  });
});
