// Linux: everything that it tells stands in /proc.

import type { OperatingSystem } from "../operating-system.ts";
import { groupLimits } from "./cgroup.ts";
import { handedSockets } from "./handed-sockets.ts";
import { countOomKills, lowestOpenPort, migratesRequests, mostBacklog } from "./kernel.ts";
import {
  compiledCode,
  ignoresHangup,
  loopRegistrations,
  ownCapabilities,
  ownDescriptors,
  ownMemory,
  ownPrivileges,
  ownProgram,
  ownThreads,
  programCode,
  reopeningPath,
} from "./own-process.ts";
import {
  canTellProcesses,
  childrenOf,
  findProcess,
  isRunning,
  listProcesses,
  usageOf,
  userOf,
} from "./processes.ts";
import { holderOf, listeningOf, listeningOn, ownPorts } from "./sockets.ts";

export const linux: OperatingSystem = {
  processSource: { name: "/proc", remedy: "mount it (mount -t proc proc /proc)" },
  ...{ canTellProcesses, listProcesses, findProcess, isRunning, childrenOf, userOf, usageOf },
  ...{ listeningOn, listeningOf, holderOf, ownPorts, handedSockets },
  ...{ ownDescriptors, ownThreads, ownMemory, ownCapabilities, ownPrivileges, ignoresHangup },
  ...{ loopRegistrations, programCode, compiledCode, ownProgram, reopeningPath },
  ...{ countOomKills, mostBacklog, lowestOpenPort, migratesRequests },
  groupLimits: () => groupLimits(),
  hasAbstractSockets: true,
};
