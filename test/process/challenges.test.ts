// Lines of WWW-Authenticate of an app that serves by fetch: whatever way it made two of them, its client gets two.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type Gw, startGw } from "../support/gw.ts";
import { connectRaw } from "../support/raw-http.ts";
import { APPS } from "../support/worker-process.ts";

const FIRST = 'Basic realm="a, b"';
const SECOND = 'Digest realm="c", qop="auth, auth-int"';

let gw: Gw;
beforeAll(async () => {
  gw = await startGw([join(APPS, "challenges.ts")]);
});
afterAll(() => gw[Symbol.asyncDispose]());

/** Values of the field, in order, and every other name. */
async function challengesOf(path: string): Promise<{ lines: string[]; names: string[] }> {
  using client = await connectRaw({ port: gw.port });
  await client.send(`GET ${path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
  const head = (await client.untilClosed()).split("\r\n\r\n")[0] ?? "";
  const fields = head
    .split("\r\n")
    .slice(1)
    .map((line) => line.split(/: (.*)/s));
  return {
    lines: fields.flatMap(([name, value = ""]) => (/^www-authenticate$/i.test(name ?? "") ? [value] : [])),
    names: fields.map(([name = ""]) => name.toLowerCase()),
  };
}

const TWO = [
  ...["/append", "/append-later", "/pairs", "/pairs-of-headers", "/generator", "/map", "/object", "/json"],
  ...["/clone", "/copy", "/copy-of-headers", "/iterated", "/entries", "/for-each", "/subclass", "/later"],
  ...["/hono/appended", "/hono/replaced", "/ready-answer", "/of-method", "/throws"],
];

describe("challenges", () => {
  test.each(TWO)("challenges: made by %s, two lines arrive in order and unsplit", async (path) => {
    const { lines, names } = await challengesOf(path);
    expect(lines).toEqual([FIRST, SECOND]);
    expect(names.filter((name) => name.startsWith("x-gw-"))).toEqual([]);
  });

  test("challenges: one line stays one, although the same text was made of two before", async () => {
    expect((await challengesOf("/append")).lines).toHaveLength(2);
    expect((await challengesOf("/one")).lines).toEqual([`${FIRST}, ${SECOND}`]);
    expect((await challengesOf("/set-again")).lines).toEqual([`${FIRST}, X`]);
  });
});
