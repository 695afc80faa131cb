// macOS: libproc tells of processes and their start, which the lock of a server root rests on. What it does not tell, or not
// in a way that gw reads, is answered with a reason, so that whoever asked does what it can without.

import type { Libproc } from "../../../ffi/libproc.ts";
import type { Result } from "../../../ffi/process.ts";
import type { OperatingSystem, Process, Usage } from "../operating-system.ts";
import { parseDescriptors, parseIsRunning, parseProcess, parseUsage, parseUser } from "./records.ts";

const lacks = (what: string) => () => ({ ok: false, reason: `macOS ${what}` }) as const;

export function createDarwin(libproc: Libproc): OperatingSystem {
  const { bsdInfo, setting } = libproc;
  return {
    processSource: {
      name: "libproc",
      remedy: "it is a part of macOS; without it gw tells no processes apart",
    },
    ...askProcesses(libproc),
    userOf: (pid) => map(bsdInfo(pid), parseUser),
    usageOf: (pid) => usageOf(libproc, pid),
    ...{ listeningOn: lacks("is not asked who listens on a port"), listeningOf() {}, holderOf() {} },
    // launchd has a way of its own, which gw does not speak.
    handedSockets: () => ({ sockets: [], wrong: [] }),
    ownPorts: lacks("is not asked which ports a process listens on"),
    ownDescriptors() {
      const list = libproc.descriptors(process.pid);
      if (!list.ok) return list;
      return list.value
        ? { ok: true, value: parseDescriptors(list.value) }
        : { ok: false, reason: "macOS does not list the descriptors of this process" };
    },
    // One nice value is that of all threads.
    ownThreads: () => ({ ok: true, value: [] }),
    ownMemory: lacks("does not count what a process has taken as its limits would"),
    ...{ ownCapabilities: lacks("has no capabilities"), ownPrivileges: lacks("has no capabilities") },
    ignoresHangup: lacks("does not tell which signals are ignored"),
    loopRegistrations: lacks("has no epoll"),
    programCode: lacks("does not tell where the code of a program is"),
    compiledCode: lacks("does not tell where the runtime has its code"),
    ownProgram: lacks("has no other name for the running program"),
    // /dev/fd there gives the same open file again, not one with flags of its own.
    reopeningPath: lacks("does not open a file again by its descriptor"),
    countOomKills: lacks("does not count what it ends for want of memory"),
    groupLimits: () => ({}),
    mostBacklog: () => setting("kern.ipc.somaxconn"),
    lowestOpenPort: lacks("does not tell from which port on anybody may listen"),
    migratesRequests: lacks("moves no waiting clients to another listener"),
    hasAbstractSockets: false,
  };
}

type ProcessQuestions = Pick<
  OperatingSystem,
  "canTellProcesses" | "listProcesses" | "findProcess" | "isRunning" | "childrenOf"
>;

function askProcesses({ listPids, bsdInfo, sessionOf }: Libproc): ProcessQuestions {
  const findProcess = (pid: number): Result<Process | undefined> => {
    const [record, session] = [bsdInfo(pid), sessionOf(pid)];
    if (!record.ok) return record;
    if (!session.ok) return session;
    // One that has ended belongs to no session any more.
    return { ok: true, value: record.value && parseProcess(record.value, session.value ?? 0) };
  };
  return {
    canTellProcesses() {
      const pids = listPids();
      return pids.ok ? { ok: true } : pids;
    },
    listProcesses() {
      const pids = listPids();
      if (!pids.ok) return pids;
      const found = pids.value.map(findProcess);
      const refused = found.find((one) => !one.ok);
      if (refused && !refused.ok) return refused;
      return { ok: true, value: found.flatMap((one) => (one.ok && one.value ? [one.value] : [])) };
    },
    findProcess,
    isRunning(pid) {
      const record = bsdInfo(pid);
      return record.ok && record.value !== undefined && parseIsRunning(record.value);
    },
    childrenOf: (pid) => listPids(pid),
  };
}

function usageOf({ bsdInfo, taskInfo, tickNs }: Libproc, pid: number): Result<Usage | undefined> {
  const [task, tick] = [taskInfo(pid), tickNs()];
  if (!task.ok) return task;
  if (!tick.ok) return tick;
  if (task.value) return { ok: true, value: parseUsage(task.value, tick.value) };
  const isThere = map(bsdInfo(pid), parseIsRunning);
  return isThere.ok && isThere.value
    ? { ok: false, reason: "macOS tells only of processes of one's own user" }
    : { ok: true, value: undefined };
}

function map<T>(
  record: Result<Uint8Array | undefined>,
  parse: (bytes: Uint8Array) => T,
): Result<T | undefined> {
  return record.ok ? { ok: true, value: record.value && parse(record.value) } : record;
}
