// `gw doctor`: what this machine allows, one line each, with the remedy. Judging is pure, on facts that
// doctor-probe.ts has gathered by really trying.

import type { ResourceLimit, Result } from "../../../ffi/process.ts";
import { describeRights, missingRights } from "../../os/linux/confinement.ts";
import { type Paint, paintFor, print } from "../terminal/output.ts";
import type { LineValues } from "../terminal/words.ts";
import { type Machine, probeMachine } from "./doctor-probe.ts";

export type FindingState = "ok" | "limited" | "missing";

export type Finding = {
  name: string;
  state: FindingState;
  says: string;
  /** What to do for more; absent where nothing is to be done. */
  remedy?: string;
  /** gw cannot serve without it. */
  isVital?: true;
};

export async function runDoctor(values: LineValues): Promise<number> {
  const findings = judge(await probeMachine());
  if (values.has("json")) print([JSON.stringify(findings, null, 2)]);
  else print(renderFindings(findings, paintFor(process.stdout, process.env)));
  return findings.some(({ state, isVital }) => isVital && state === "missing") ? 1 : 0;
}

export function renderFindings(findings: readonly Finding[], paint: Paint): string[] {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const colored = { ok: paint.good, limited: paint.strong, missing: paint.bad };
  return findings.map(({ name, state, says, remedy }) => {
    const line = `${name.padEnd(width)}  ${colored[state](state.padEnd(7))}  ${says}`;
    return remedy === undefined ? line : `${line}; ${remedy}`;
  });
}

export function judge(machine: Machine): Finding[] {
  return [
    ...judgeRights(machine),
    judgeConfinement(machine.landlock),
    ...judgeLimits(machine),
    ...judgeWorkerLimits(machine),
    ...judgeKernel(machine),
    ...judgeNetwork(machine),
    ...judgePlaces(machine),
  ];
}

/** Bits of the kernel's capability sets. */
const CAP_SETGID = 1n << 6n;
const CAP_SETUID = 1n << 7n;
const CAP_SYS_CHROOT = 1n << 18n;

function judgeRights({ libc, identity, capabilities, noNewPrivileges }: Machine): Finding[] {
  const needed = CAP_SETGID | CAP_SETUID;
  const uid = identity.ok ? identity.value.effectiveUid : undefined;
  const has = (rights: bigint) =>
    capabilities === undefined ? uid === 0 : (capabilities & rights) === rights;
  const canSwitch = uid === 0 && has(needed);
  return [
    libc.ok
      ? { name: "C library", state: "ok", says: `${libc.value}, reached by bun:ffi` }
      : {
          name: "C library",
          state: "missing",
          says: libc.reason,
          remedy: "limits and rights of workers cannot be set",
        },
    canSwitch
      ? { name: "user switch", state: "ok", says: `uid ${uid}, may run processes as another user` }
      : {
          name: "user switch",
          state: "limited",
          says: `uid ${uid ?? "unknown"}, everything runs as this user`,
          remedy: "start as root, with CAP_SETUID and CAP_SETGID, for --user",
        },
    uid === 0 && has(CAP_SYS_CHROOT)
      ? { name: "chroot", state: "ok", says: "workers may have a root directory of their own" }
      : {
          name: "chroot",
          state: "limited",
          says: `uid ${uid ?? "unknown"} may not change the root directory`,
          remedy: "start as root, with CAP_SYS_CHROOT, for --chroot",
        },
    noNewPrivileges.ok
      ? {
          name: "no_new_privs",
          state: "ok",
          says: noNewPrivileges.value ? "set: no child can gain rights" : "not set, can be set for children",
        }
      : { name: "no_new_privs", state: "missing", says: noNewPrivileges.reason },
  ];
}

function judgeConfinement(landlock: Machine["landlock"]): Finding {
  const name = "confinement";
  const remedy = "--confine is refused, unless --best-effort-limits goes on without";
  if (!landlock.ok) return { name, state: "limited", says: `no Landlock: ${landlock.reason}`, remedy };
  const all = { connectPorts: [], listenPorts: [] };
  const says = `Landlock ${landlock.value} holds workers to ${describeRights(landlock.value, all)}`;
  const missing = missingRights(landlock.value, all);
  if (missing.length === 0) return { name, state: "ok", says };
  return { name, state: "limited", says: `${says}, not ${missing.join(", ")}`, remedy };
}

/** A busy server has a client's socket, a worker's and perhaps a file for each request. */
const ENOUGH_FILES = 65_536;
const ENOUGH_PROCESSES = 1_024;

function judgeLimits({ openFiles, canRaiseFiles, processes }: Machine): Finding[] {
  const findings: Finding[] = [];
  if (openFiles.ok) {
    const { soft, hard } = openFiles.value;
    const says = `${count(soft)} now, ${count(hard)} at most${canRaiseFiles.ok ? "" : `, cannot be raised: ${canRaiseFiles.reason}`}`;
    const isEnough = (canRaiseFiles.ok ? hard : soft) >= ENOUGH_FILES;
    const remedy = `LimitNOFILE=${ENOUGH_FILES} (systemd) or ulimit -n ${ENOUGH_FILES} for many clients`;
    findings.push({
      name: "open files",
      state: isEnough ? "ok" : "limited",
      says,
      ...(!isEnough && { remedy }),
    });
  } else findings.push({ name: "open files", state: "missing", says: openFiles.reason });
  if (processes.ok) {
    const { soft } = processes.value;
    const isEnough = soft >= ENOUGH_PROCESSES;
    const remedy = "raise TasksMax= (systemd) or ulimit -u; threads count too";
    findings.push({
      name: "processes",
      state: isEnough ? "ok" : "limited",
      says: count(soft),
      ...(!isEnough && { remedy }),
    });
  } else findings.push({ name: "processes", state: "missing", says: processes.reason });
  return findings;
}

/** Each of these is an option of its own. */
function judgeWorkerLimits({
  canLowerMemory,
  mappedBytes,
  stack,
  cpuTime,
  canRaisePriority,
}: Machine): Finding[] {
  const need =
    mappedBytes === undefined ? "" : `, --virtual-memory-limit above ${Math.ceil(mappedBytes / 2 ** 20)}M`;
  return [
    canLowerMemory.ok
      ? { name: "memory limits", state: "ok", says: `data and address space can be limited${need}` }
      : { name: "memory limits", state: "missing", says: canLowerMemory.reason },
    judgeMost("stack size", stack, "bytes"),
    judgeMost("cpu time", cpuTime, "seconds"),
    canRaisePriority.ok
      ? { name: "cpu priority", state: "ok", says: "can be raised and lowered" }
      : {
          name: "cpu priority",
          state: "limited",
          says: "can only be lowered",
          remedy: "a negative --cpu-priority needs root with CAP_SYS_NICE, or LimitNICE= (systemd)",
        },
  ];
}

function judgeMost(name: string, limit: Result<ResourceLimit>, unit: string): Finding {
  if (!limit.ok) return { name, state: "missing", says: limit.reason };
  const { hard } = limit.value;
  return { name, state: "ok", says: Number.isFinite(hard) ? `up to ${hard} ${unit}` : "no upper limit" };
}

function judgeKernel({ parentDeath, sendfile, processSource }: Machine): Finding[] {
  const { name, remedy, isRead } = processSource;
  return [
    parentDeath.ok
      ? { name: "parent-death signal", state: "ok", says: "children can be ended with their parent" }
      : {
          name: "parent-death signal",
          state: "limited",
          says: parentDeath.reason,
          remedy: "children notice by their life channel alone",
        },
    sendfile.ok
      ? { name: "sendfile", state: "ok", says: "files can leave by the kernel" }
      : { name: "sendfile", state: "limited", says: sendfile.reason, remedy: "files are copied instead" },
    isRead.ok
      ? { name, state: "ok", says: "readable" }
      : { name, state: "missing", says: isRead.reason, remedy, isVital: true },
  ];
}

/** What busy servers ask for; the kernel grants no more than its own limit, without a word. */
const WANTED_BACKLOG = 500;

function judgeNetwork(machine: Machine): Finding[] {
  const { reusePort, maxBacklog, migratesRequests, defaultPort } = machine;
  return [
    reusePort.ok
      ? { name: "SO_REUSEPORT", state: "ok", says: "two sockets shared one port" }
      : {
          name: "SO_REUSEPORT",
          state: "missing",
          says: reusePort.reason,
          remedy: "--front-ends must stay 1",
        },
    judgeBacklog(maxBacklog),
    migratesRequests
      ? { name: "tcp_migrate_req", state: "ok", says: "waiting clients move on when a front end is replaced" }
      : {
          name: "tcp_migrate_req",
          state: "limited",
          says: migratesRequests === undefined ? "this kernel does not have it" : "off",
          remedy:
            "sysctl -w net.ipv4.tcp_migrate_req=1 (Linux 5.14) keeps waiting clients when a front end is replaced",
        },
    defaultPort.ok
      ? { name: "port 8000", state: "ok", says: "free" }
      : {
          name: "port 8000",
          state: "limited",
          says: defaultPort.reason,
          remedy: "use --port, 0 picks a free one",
        },
    judgeLowPorts(machine),
  ];
}

/** The ports that the web asks for without a number. */
const LOW_PORTS = [80, 443] as const;

function judgeLowPorts({ lowPort, lowestOpenPort, identity, program }: Machine): Finding {
  const name = "ports 80 and 443";
  const isTaken = lowPort !== undefined && /EADDRINUSE|in use/.test(lowPort);
  const isRoot = identity.ok && identity.value.effectiveUid === 0;
  const isOpen = lowestOpenPort !== undefined && lowestOpenPort <= LOW_PORTS[0];
  const who = isOpen ? "anybody may listen there" : isRoot ? "root may listen there" : "gw may listen there";
  if (lowPort === undefined || isTaken)
    return { name, state: "ok", says: `${who}${isTaken ? "; 80 is taken at present" : ""}` };
  const from = lowestOpenPort === undefined ? "" : `, ports from ${lowestOpenPort} on are open to anybody`;
  const remedy = `setcap cap_net_bind_service=+ep ${program}, or sysctl -w net.ipv4.ip_unprivileged_port_start=80, or socket activation, or a redirect (docs/sockets.md)`;
  return { name, state: "limited", says: `${lowPort}${from}`, remedy };
}

function judgeBacklog(maxBacklog: number | undefined): Finding {
  const name = "listen backlog";
  if (maxBacklog === undefined) return { name, state: "limited", says: "its limit cannot be read here" };
  const says = `at most ${maxBacklog}`;
  if (maxBacklog >= WANTED_BACKLOG) return { name, state: "ok", says };
  const remedy = `sysctl -w net.core.somaxconn=${WANTED_BACKLOG} for bursts of new clients`;
  return { name, state: "limited", says, remedy };
}

function judgePlaces({ temporary }: Machine): Finding[] {
  const { path, isWritable, rootBytes, mostBytes } = temporary;
  const name = "server root";
  if (!isWritable.ok) {
    return [
      {
        name,
        state: "missing",
        says: `${path} cannot be written: ${isWritable.reason}`,
        remedy: "set TMPDIR or --server-root",
        isVital: true,
      },
    ];
  }
  const says = `${path} is writable, its socket paths have room (${rootBytes} of ${mostBytes} bytes)`;
  if (rootBytes <= mostBytes) return [{ name, state: "ok", says }];
  const tooLong = `${path} is too long for sockets (${rootBytes} of ${mostBytes} bytes)`;
  return [{ name, state: "limited", says: tooLong, remedy: "set a shorter TMPDIR or --server-root" }];
}

function count(limit: number): string {
  return Number.isFinite(limit) ? String(limit) : "unlimited";
}
