import { expect, test } from "bun:test";
import { mkdirSync, renameSync, symlinkSync } from "node:fs";
import { chooseInstance, findInstance, type Instance, type Wanted } from "../../src/control/instances.ts";
import type { Pong } from "../../src/control/status.ts";
import { systemClock } from "../../src/core/clock.ts";
import { GwError } from "../../src/core/errors.ts";
import { openTestServer, STATUS } from "../support/control-server.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const pong = (port: number): Pong => ({ version: "1", pid: port + 1, state: "serving", port, urls: [] });
const A: Instance = { serverRoot: "/t/a", pong: pong(8000) };
const B: Instance = { serverRoot: "/t/b", pong: pong(9000) };
const MUTE: Instance = { serverRoot: "/t/m", silence: "it did not answer within 5 s" };

function errorOf(act: () => unknown): GwError {
  try {
    act();
  } catch (error) {
    if (error instanceof GwError) return error;
  }
  throw new Error("no error of ours");
}

test.each<[string, Instance[], Wanted, Instance]>([
  ["the only one", [A], {}, A],
  ["the one on the port", [A, B], { port: 9000 }, B],
  ["the one on the port, beside one that is silent", [MUTE, B], { port: 9000 }, B],
])("instances: chooses %s", (_, running, wanted, chosen) => {
  expect(chooseInstance(running, wanted, "/t/gw-*")).toBe(chosen);
});

test.each<[string, Instance[], Wanted, string, number, string | undefined]>([
  ["none", [], {}, "No gw answers at /t/gw-*: none is running", 69, ""],
  [
    "several",
    [A, B],
    {},
    "2 gw of this user are running",
    64,
    "  --server-root /t/a  (port 8000, pid 8001, serving)\n  --server-root /t/b  (port 9000, pid 9001, serving)",
  ],
  [
    "one that is silent",
    [MUTE],
    {},
    "No gw answers at /t/gw-*: the one there does not answer",
    69,
    undefined,
  ],
  ["one, and one that is silent", [A, MUTE], {}, "2 gw of this user are running", 64, undefined],
  [
    "none on the port",
    [A],
    { port: 1 },
    "No gw answers at /t/gw-*: none serves port 1",
    69,
    "  --server-root /t/a  (port 8000, pid 8001, serving)",
  ],
])("instances: %s is an error that says so", (_, running, wanted, message, exit, detail) => {
  const error = errorOf(() => chooseInstance(running, wanted, "/t/gw-*"));
  expect([error.message, error.row.exit]).toEqual([message, exit]);
  if (detail !== undefined) expect(error.detail).toBe(detail);
});

test("instances: what a running gw says of itself reaches no terminal as it is", () => {
  const bad: Instance = { serverRoot: "/t/x", silence: "\x1b[2J\n" };
  expect(errorOf(() => chooseInstance([bad], {}, "/t/gw-*")).detail).toBe(
    "  --server-root /t/x  (\\x1b[2J\\n)",
  );
});

const uid = process.getuid?.() ?? 0;

test("instances: finds the one that answers among leftovers, files, links and other users' roots", async () => {
  using tmp = makeTempDir();
  const root = (name: string) => {
    mkdirSync(`${tmp.path}/${name}`);
    return `${tmp.path}/${name}`;
  };
  const seeker = { clock: systemClock, tmpdir: tmp.path, uid };
  const live = root(`gw-a:1:${uid}`);
  await using server = openTestServer({}, live);
  // Left behind by one that was killed: a socket on which nobody listens.
  const dead = Bun.listen({ unix: `${root(`gw-a:2:${uid}`)}/s`, socket: { data() {} } });
  renameSync(`${tmp.path}/gw-a:2:${uid}/s`, `${tmp.path}/gw-a:2:${uid}/control.sock`);
  dead.stop(true);
  root(`gw-a:3:${uid}`);
  tmp.write(`gw-a:4:${uid}`, "");
  symlinkSync(live, `${tmp.path}/gw-a:5:${uid}`);
  symlinkSync(live, `${tmp.path}/gw-a:6:${uid + 1}`);
  expect(await findInstance({}, seeker)).toBe(server.path);
  expect(await findInstance({ port: STATUS.port }, seeker)).toBe(server.path);
  const other = await findInstance({ port: 1 }, seeker).catch((error: unknown) => error);
  expect((other as GwError).message).toMatch(/none serves port 1$/);
});

test("instances: a named server root is taken without a look", async () => {
  const seeker = { clock: systemClock, tmpdir: "/nonexistent", uid };
  expect(await findInstance({ serverRoot: "/some/where", port: 1 }, seeker)).toBe("/some/where/control.sock");
});

test("instances: a temporary directory that is not there holds none", async () => {
  const seeker = { clock: systemClock, tmpdir: "/nonexistent", uid };
  const error = await findInstance({}, seeker).catch((error: unknown) => error);
  expect((error as GwError).message).toBe(`No gw answers at /nonexistent/gw-*:${uid}: none is running`);
});
