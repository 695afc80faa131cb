// What gw asks the system about: processes, listeners, this process. Each question has one answer for all platforms; where a
// system does not tell, the answer says so with a reason, and never looks like a fact. Types only: os/linux and os/darwin
// are the two that answer.

import type { Registration } from "../../ffi/accepting.ts";
import type { CodeRange } from "../../ffi/memory.ts";
import type { Outcome, Result } from "../../ffi/process.ts";
import type { Handed } from "../core/addresses.ts";
import type { Environment } from "../core/environment.ts";

export type Process = {
  pid: number;
  parent: number;
  /** Process group. */
  group: number;
  session: number;
  /** In a unit of the system's own: with the pid it names a process for good, as long as the system runs. */
  startedAt: number;
  /** It has ended, and nobody has waited for it. */
  isZombie: boolean;
  /** Name of its command, cut to what the system keeps; what the process says of itself. */
  name: string;
};

/** Processors may be parts of one. */
export type GroupLimits = { processors?: number; memoryBytes?: number };

/** Memory that a process really has, and processor time since its start. */
export type Usage = { rssBytes: number; cpuMs: number };

/** What a process has taken of what its limits count: writable data, and all that is mapped. */
export type MemoryTaken = { dataBytes: number; mappedBytes: number };

/** `capabilities`: a bit for each that is in any set but the bounding one; `noNewPrivileges`: held by each thread. */
export type Privileges = { capabilities: bigint; noNewPrivileges: boolean };

/**
 * A TCP socket that somebody listens on. `address`: its bytes in the order of the network, in lowercase hexadecimal digits.
 * `id`: what the system calls the socket.
 */
export type ListeningSocket = { address: string; port: number; id: string };

/** Undefined in an answer: there is no such process, or none any more. */
export interface OperatingSystem {
  /** Where it has its knowledge of processes from, and what to do when that cannot be read. */
  readonly processSource: { name: string; remedy: string };
  canTellProcesses(): Outcome;
  listProcesses(): Result<Process[]>;
  findProcess(pid: number): Result<Process | undefined>;
  /**
   * Whether a process goes on. False for one that is about to end, from the moment at which the kernel begins to close what it
   * has open, and where nobody can tell.
   */
  isRunning(pid: number): boolean;
  /** Pids of the children of a process, whichever of its threads has started or adopted them. */
  childrenOf(pid: number): Result<number[]>;
  /** The user whose rights it has. */
  userOf(pid: number): Result<number | undefined>;
  usageOf(pid: number): Result<Usage | undefined>;

  /** Everybody who listens on a TCP port, on whatever address. */
  listeningOn(port: number): Result<ListeningSocket[]>;
  /** The one of these sockets that a process has open. */
  listeningOf(pid: number, sockets: readonly ListeningSocket[]): ListeningSocket | undefined;
  /** A process that has one of these sockets open; undefined where nobody is found, or may be looked at. */
  holderOf(sockets: readonly ListeningSocket[]): number | undefined;

  /** Sockets that a service manager has opened for the process with this pid, as its environment tells. */
  handedSockets(env: Environment, pid: number): Handed;
  /** TCP ports that this process listens on, whichever of its threads opened them. */
  ownPorts(): Result<number[]>;
  ownDescriptors(): Result<number[]>;
  ownThreads(): Result<number[]>;
  ownMemory(): Result<MemoryTaken>;
  /** The effective set, a bit for each. */
  ownCapabilities(): Result<bigint>;
  /** Of all threads of this process together. */
  ownPrivileges(): Result<Privileges>;
  /** Whether it was started so that SIGHUP does not end it. To be asked before there is a handler for it. */
  ignoresHangup(): Result<boolean>;
  /** By descriptor, what the event loops of this process have asked the kernel to tell them. */
  loopRegistrations(): Result<ReadonlyMap<number, Registration>>;
  /** Where the code of the running program lies in memory. */
  programCode(): Result<CodeRange[]>;
  /** Where the runtime has the JavaScript that it has compiled. */
  compiledCode(): Result<CodeRange[]>;
  /** A path that leads to the running program, whatever became of its file. */
  ownProgram(): Result<string>;
  /** A path by which one of its open files can be opened again, with flags of its own. */
  reopeningPath(fd: number): Result<string>;

  /** How many processes the kernel has ended since it was started because there was no memory left. */
  countOomKills(): Result<number>;
  /** What a container, or a unit of a service manager, may use; nothing where nobody has said a limit. */
  groupLimits(): GroupLimits;
  /** The longest queue of a listener. */
  mostBacklog(): Result<number>;
  /** From which port on anybody may listen; below it takes rights. */
  lowestOpenPort(): Result<number>;
  /** Whether what waits at a listener that is closed moves on to another one of the same port. */
  migratesRequests(): Result<boolean>;
  /** Whether there are UNIX sockets without a file. */
  readonly hasAbstractSockets: boolean;
}

/** Undefined also where the system does not tell, for whoever says or does less then. */
export function known<T>(answer: Result<T>): T | undefined {
  return answer.ok ? answer.value : undefined;
}

/** Tells a process from a later one with the same number; undefined when it is not there, or may not be looked at. */
export function startTimeOf(os: Pick<OperatingSystem, "findProcess">, pid: number): string | undefined {
  return known(os.findProcess(pid))?.startedAt.toString();
}
