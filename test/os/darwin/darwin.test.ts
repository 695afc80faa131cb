// What gw makes of macOS's records: they are written here as sys/proc_info.h lays them out. No macOS is needed.
import { expect, test } from "bun:test";
import type { Libproc } from "../../../ffi/libproc.ts";
import { createDarwin } from "../../../src/os/darwin/darwin.ts";
import { startTimeOf } from "../../../src/os/operating-system.ts";

type Facts = {
  pid: number;
  parent: number;
  state?: number;
  flags?: number;
  name?: string;
  startedAt?: [number, number];
};

/** struct proc_bsdinfo. */
function bsdInfo({ pid, parent, state = 2, flags = 0x10, name = "", startedAt = [0, 0] }: Facts): Uint8Array {
  const bytes = new Uint8Array(136);
  const view = new DataView(bytes.buffer);
  for (const [at, value] of [flags, state, 0, pid, parent, 501, 20, 502].entries())
    view.setUint32(at * 4, value, true);
  bytes.set(Buffer.from("command"), 48);
  bytes.set(Buffer.from(name), 64);
  view.setUint32(100, 40, true);
  view.setBigUint64(120, BigInt(startedAt[0]), true);
  view.setBigUint64(128, BigInt(startedAt[1]), true);
  return bytes;
}

/** struct proc_taskinfo. */
function taskInfo(residentBytes: number, user: number, system: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(96));
  for (const [at, value] of [1, residentBytes, user, system].entries())
    view.setBigUint64(at * 8, BigInt(value), true);
  return new Uint8Array(view.buffer);
}

const answer = <T>(value: T) => ({ ok: true, value }) as const;
const ESRCH = { ok: true, value: undefined } as const;

function darwin(processes: Facts[], libproc: Partial<Libproc> = {}) {
  return createDarwin({
    listPids: (parent) =>
      answer(processes.filter((one) => parent === undefined || one.parent === parent).map(({ pid }) => pid)),
    bsdInfo(pid) {
      const found = processes.find((one) => one.pid === pid);
      return found ? answer(bsdInfo(found)) : ESRCH;
    },
    taskInfo: () => ESRCH,
    descriptors: () => ESRCH,
    sessionOf: () => answer(39),
    tickNs: () => answer(1),
    setting: () => answer(128),
    ...libproc,
  });
}

test("darwin: a process, and the instant of its start to the microsecond", () => {
  const os = darwin([{ pid: 7, parent: 1, name: "gw", startedAt: [1_764_400_000, 123_456] }]);
  expect(os.findProcess(7)).toEqual(
    answer({
      ...{ pid: 7, parent: 1, group: 40, session: 39, isZombie: false, name: "gw" },
      startedAt: 1_764_400_000_123_456,
    }),
  );
  expect(startTimeOf(os, 7)).toBe("1764400000123456");
  expect(os.userOf(7)).toEqual(answer(501));
  expect([os.findProcess(8), os.userOf(8)]).toEqual([ESRCH, ESRCH]);
  expect(startTimeOf(os, 8)).toBeUndefined();
});

test("darwin: who goes on, who is about to end and who has ended", () => {
  const os = darwin([
    { pid: 1, parent: 0 },
    { pid: 2, parent: 1, flags: 0x14 },
    { pid: 3, parent: 1, state: 5 },
  ]);
  expect([1, 2, 3, 4].map(os.isRunning)).toEqual([true, false, false, false]);
  expect(os.listProcesses()).toMatchObject(
    answer([
      { pid: 1, isZombie: false, name: "command" },
      { pid: 2, isZombie: false },
      { pid: 3, isZombie: true },
    ]),
  );
  expect(os.childrenOf(1)).toEqual(answer([2, 3]));
});

test("darwin: what a process uses, in the unit that the processor counts in", () => {
  const task = () => answer(taskInfo(4096, 48_000, 24_000));
  expect(darwin([], { taskInfo: task, tickNs: () => answer(125 / 3) }).usageOf(7)).toEqual(
    answer({ rssBytes: 4096, cpuMs: 3 }),
  );
  expect(darwin([]).usageOf(7)).toEqual(ESRCH);
  expect(darwin([{ pid: 7, parent: 1, state: 5 }]).usageOf(7)).toEqual(ESRCH);
  expect(darwin([{ pid: 7, parent: 1 }]).usageOf(7)).toEqual({
    ok: false,
    reason: "macOS tells only of processes of one's own user",
  });
});

test("darwin: its own descriptors", () => {
  const list = new Int32Array([0, 1, 3, 2, 17, 1]);
  const descriptors = () => answer(new Uint8Array(list.buffer));
  expect(darwin([], { descriptors }).ownDescriptors()).toEqual(answer([0, 3, 17]));
  expect(darwin([]).ownDescriptors()).toMatchObject({ ok: false });
});

test("darwin: settings by their own names", () => {
  const setting = (name: string) =>
    name === "kern.ipc.somaxconn" ? answer(256) : ({ ok: false, reason: name } as const);
  expect(darwin([], { setting }).mostBacklog()).toEqual(answer(256));
});

test("darwin: where libproc does not answer, nobody is said not to be there", () => {
  const no = { ok: false, reason: "libproc: no" } as const;
  const os = darwin([], {
    listPids: () => no,
    bsdInfo: () => no,
    taskInfo: () => no,
    descriptors: () => no,
  });
  const asked = [
    os.canTellProcesses(),
    os.listProcesses(),
    os.findProcess(1),
    os.childrenOf(1),
    os.userOf(1),
  ];
  for (const one of [...asked, os.usageOf(1), os.ownDescriptors()]) expect(one).toEqual(no);
  expect(os.isRunning(1)).toBe(false);
});

test("darwin: what it does not tell is a reason, never an empty fact", () => {
  const os = darwin([]);
  const asked = {
    listeningOn: os.listeningOn(8000),
    ownPorts: os.ownPorts(),
    ownMemory: os.ownMemory(),
    ownCapabilities: os.ownCapabilities(),
    ownPrivileges: os.ownPrivileges(),
    ignoresHangup: os.ignoresHangup(),
    loopRegistrations: os.loopRegistrations(),
    programCode: os.programCode(),
    ownProgram: os.ownProgram(),
    reopeningPath: os.reopeningPath(1),
    countOomKills: os.countOomKills(),
    migratesRequests: os.migratesRequests(),
  };
  for (const one of Object.values(asked))
    expect(one).toEqual({ ok: false, reason: expect.stringMatching(/^macOS /) });
});
