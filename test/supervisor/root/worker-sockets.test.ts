import { expect, test } from "bun:test";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { RunDir } from "../../../src/supervisor/root/run-dir.ts";
import { WorkerSockets } from "../../../src/supervisor/root/worker-sockets.ts";
import { captureLog } from "../../support/capture-log.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

function setUp(mode?: number) {
  const temp = makeTempDir();
  const { log, lines } = captureLog();
  const asked: unknown[] = [];
  const runDir: RunDir = {
    path: temp.path,
    runtime: "/run/gw/bun",
    socket: (name, user) => {
      asked.push(user);
      return join(temp.path, name);
    },
    program: ({ name }) => `/run/${name}`,
    socketMode: () => mode,
    restore: () => {
      asked.push("restore");
      return true;
    },
    take() {},
    lend() {},
    takeBack: () => true,
    handOver() {},
    remove() {},
  };
  const sockets = new WorkerSockets(runDir, log);
  return { temp, lines, asked, sockets, [Symbol.dispose]: () => temp[Symbol.dispose]() };
}

test("worker sockets: no path and no token is used twice, and the directory is made sure of before each", () => {
  using set = setUp();
  const made = [1, 2, 3].map(() => set.sockets.make(undefined));
  expect(new Set(made.map(({ path }) => path)).size).toBe(3);
  expect(new Set(made.map(({ token }) => token)).size).toBe(3);
  for (const { token } of made) expect(token).toMatch(/^[0-9a-f]{32}$/);
  expect(set.asked.filter((one) => one === "restore")).toHaveLength(3);
  expect(made[0]).not.toHaveProperty("mode");
  expect(set.sockets.runtime).toBe("/run/gw/bun");
});

test("worker sockets: it is made for a user, with the permissions that this one needs", () => {
  using set = setUp(0o660);
  const user = { uid: 7, gid: 8 };
  expect(set.sockets.make(user as never).mode).toBe(0o660);
  expect(set.asked).toContain(user);
});

test("worker sockets: one that is removed is gone, and one that is not there is no mistake", () => {
  using set = setUp();
  const socket = set.sockets.make(undefined);
  set.sockets.remove(socket);
  set.temp.write("w1.sock", "");
  expect(set.sockets.exists(socket)).toBe(true);
  set.sockets.remove(socket);
  expect([set.sockets.exists(socket), existsSync(socket.path), set.lines]).toEqual([false, false, []]);
});

test("worker sockets: what an app has put in its place is told of, and stops nobody", () => {
  using set = setUp();
  const socket = set.sockets.make(undefined);
  mkdirSync(socket.path);
  set.sockets.remove(socket);
  expect(set.lines).toMatchObject([
    { level: "warn", text: "a worker's socket could not be removed", fields: { path: socket.path } },
  ]);
});
