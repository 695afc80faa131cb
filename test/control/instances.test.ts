import { expect, test } from "bun:test";
import { chownSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import {
  chooseInstance,
  findInstance,
  type Instance,
  type WantedInstance,
} from "../../src/control/instances.ts";
import type { Pong } from "../../src/control/status.ts";
import { systemClock } from "../../src/core/clock.ts";
import { GwError } from "../../src/core/errors.ts";
import { startTimeOf } from "../../src/os/operating-system.ts";
import { os } from "../../src/os/os.ts";
import { openTestServer, STATUS } from "../support/control-server.ts";
import { AS_ROOT, testWith } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const pong = (port: number): Pong => ({ version: "1", pid: port + 1, state: "serving", port, urls: [] });
const A: Instance = { serverRoot: "/t/a", pong: pong(8000) };
const B: Instance = { serverRoot: "/t/b", pong: pong(9000) };
const MUTE: Instance = { serverRoot: "/t/m", silence: "it did not answer within 5 s" };
const LOST: Instance = { serverRoot: "/t/gw-::1:7000:5", silence: "its control socket is gone", pid: 77 };

function errorOf(act: () => unknown): GwError {
  try {
    act();
  } catch (error) {
    if (error instanceof GwError) return error;
  }
  throw new Error("no error of ours");
}

test.each<[string, Instance[], WantedInstance, Instance]>([
  ["the only one", [A], {}, A],
  ["the one on the port", [A, B], { port: 9000 }, B],
  ["the one on the port, beside one that is silent", [MUTE, B], { port: 9000 }, B],
  ["the one on the port, beside a silent one of another port", [LOST, B], { port: 9000 }, B],
])("instances: chooses %s", (_, running, wanted, chosen) => {
  expect(chooseInstance(running, wanted, "/t/gw-*")).toBe(chosen);
});

test.each<[string, Instance[], WantedInstance, string, number, string | undefined]>([
  ["none", [], {}, "No gw answers at /t/gw-*: none is running", 69, ""],
  [
    "several",
    [A, B],
    {},
    "2 of the running gw could be meant",
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
  [
    "one that runs without its socket",
    [A, LOST],
    { port: 7000 },
    "gw (pid 77) runs with the server root /t/gw-::1:7000:5, but its control socket is gone",
    69,
    undefined,
  ],
  [
    "one without its socket, of another port,",
    [LOST],
    { port: 8000 },
    "No gw answers at /t/gw-*: none serves port 8000",
    69,
    "  --server-root /t/gw-::1:7000:5  (pid 77, its control socket is gone)",
  ],
  ["one, and one that is silent", [A, MUTE], {}, "2 of the running gw could be meant", 64, undefined],
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

test("instances: a running gw whose socket is gone is named by its lock, whichever way it is looked for", async () => {
  using tmp = makeTempDir();
  const root = `${tmp.path}/gw-a:7:${uid}`;
  mkdirSync(root);
  const lock = `${root}/gw.pid`;
  const seeker = { clock: systemClock, tmpdir: tmp.path, uid };
  const failure = async (wanted: WantedInstance) =>
    findInstance(wanted, seeker).then(
      () => "",
      (error: unknown) => (error as GwError).message,
    );
  writeFileSync(lock, `${process.pid} ${startTimeOf(os, process.pid)}\n`);
  const said = `gw (pid ${process.pid}) runs with the server root ${root}, but its control socket is gone`;
  for (const wanted of [{}, { port: 7 }, { serverRoot: root }]) expect(await failure(wanted)).toBe(said);
  // The pid is another process's by now.
  writeFileSync(lock, `${process.pid} 17\n`);
  expect(await failure({ port: 7 })).toMatch(/none serves port 7$/);
  expect(await failure({ serverRoot: root })).toBe("");
  rmSync(lock);
  symlinkSync("/proc/self/stat", lock);
  expect(await failure({ port: 7 })).toMatch(/none serves port 7$/);
});

testWith(AS_ROOT)(
  "instances: by port, root finds a gw of another user, and trusts nobody else's name",
  async () => {
    using tmp = makeTempDir();
    const seeker = { clock: systemClock, tmpdir: tmp.path, uid };
    const failure = async (wanted: WantedInstance) =>
      (await findInstance(wanted, seeker).catch((error: unknown) => error)) as GwError;
    const root = (name: string, owner: number) => {
      mkdirSync(`${tmp.path}/${name}`);
      chownSync(`${tmp.path}/${name}`, owner, owner);
      return `${tmp.path}/${name}`;
    };
    const { port } = STATUS;
    await using strange = openTestServer({}, root(`gw-a:${port}:1234`, 4321));
    expect((await failure({ port })).message).toBe(
      `No gw answers at ${tmp.path}/gw-*:*: none serves port ${port}`,
    );
    await using theirs = openTestServer({}, root(`gw-b:${port}:1234`, 1234));
    expect(await findInstance({ port }, seeker)).toBe(theirs.path);
    expect((await failure({ port: port + 1 })).message).toMatch(/none serves port/);
    const unnamed = await failure({});
    expect(unnamed.message).toContain("none of this user is running");
    expect(unnamed.detail).toContain(`--server-root ${theirs.serverRoot} `);
    await using another = openTestServer({}, root(`gw-c:${port}:1235`, 1235));
    const { message, detail } = await failure({ port });
    expect(message).toBe("2 of the running gw could be meant");
    expect(detail).toContain(another.serverRoot);
    // Nobody's names stand in the way of root's own.
    await using own = openTestServer({}, root(`gw-d:${port}:0`, 0));
    expect(await findInstance({ port }, seeker)).toBe(own.path);
    expect(await findInstance({}, seeker)).toBe(own.path);
    expect(await findInstance({ port }, { ...seeker, uid: 1234 })).toBe(theirs.path);
    expect(strange.asked).toEqual([]);
  },
);

test("instances: an ordinary user is told of the gw of another one, which he may not ask", async () => {
  using tmp = makeTempDir();
  const root = `${tmp.path}/gw-a:7:${uid}`;
  mkdirSync(root);
  const failure = async (wanted: WantedInstance) =>
    (await findInstance(wanted, { clock: systemClock, tmpdir: tmp.path, uid: 4321 }).catch(
      (error: unknown) => error,
    )) as GwError;
  const only = "and only the user who runs one of those named here, or root, may ask it";
  for (const [wanted, what] of [
    [{ port: 7 }, "none of this user serves port 7"],
    [{}, "none of this user is running"],
  ] as const) {
    const { message, detail } = await failure(wanted);
    expect([message, detail]).toEqual([
      `No gw answers at ${tmp.path}/gw-*:4321: ${what}, ${only}`,
      `  ${root}  (of user ${uid})`,
    ]);
  }
  expect((await failure({ port: 8 })).message).toMatch(/: none serves port 8$/);
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
