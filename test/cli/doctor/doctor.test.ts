import { expect, test } from "bun:test";
import { judge, renderFindings } from "../../../src/cli/doctor/doctor.ts";
import type { Machine } from "../../../src/cli/doctor/doctor-probe.ts";
import { paintFor } from "../../../src/cli/terminal/output.ts";

const yes = { ok: true } as const;
const no = { ok: false, reason: "refused (EPERM)" } as const;

const GENEROUS: Machine = {
  libc: { ok: true, value: "libc.so.6" },
  identity: { ok: true, value: { uid: 0, effectiveUid: 0, gid: 0, effectiveGid: 0 } },
  capabilities: 0x1ff_ffff_ffffn,
  noNewPrivileges: { ok: true, value: false },
  landlock: { ok: true, value: 7 },
  openFiles: { ok: true, value: { soft: 1024, hard: 1_000_000 } },
  canRaiseFiles: yes,
  processes: { ok: true, value: { soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY } },
  canLowerMemory: yes,
  mappedBytes: 6_642_700_288,
  stack: { ok: true, value: { soft: 8_388_608, hard: Number.POSITIVE_INFINITY } },
  cpuTime: { ok: true, value: { soft: Number.POSITIVE_INFINITY, hard: 3600 } },
  canRaisePriority: yes,
  parentDeath: { ok: true, value: 0 },
  sendfile: yes,
  processSource: { name: "/proc", remedy: "mount it", isRead: yes },
  reusePort: yes,
  maxBacklog: 4096,
  migratesRequests: true,
  defaultPort: yes,
  lowPort: undefined,
  lowestOpenPort: 1024,
  program: "/usr/bin/gw",
  temporary: { path: "/tmp", isWritable: yes, rootBytes: 31, mostBytes: 79 },
};

const statesOf = (changes: Partial<Machine>) =>
  judge({ ...GENEROUS, ...changes })
    .filter(({ state }) => state !== "ok")
    .map(({ name, state }) => `${name}: ${state}`);

test("doctor: a generous machine has nothing to complain of", () => {
  expect(statesOf({})).toEqual([]);
});

test("doctor: the limits of workers are told before they are asked for", () => {
  const says = Object.fromEntries(judge(GENEROUS).map((finding) => [finding.name, finding.says]));
  expect([says["memory limits"], says["stack size"], says["cpu time"]]).toEqual([
    "data and address space can be limited, --virtual-memory-limit above 6335M",
    "no upper limit",
    "up to 3600 seconds",
  ]);
});

test.each<[string, Partial<Machine>, string[]]>([
  ["no C library", { libc: no }, ["C library: missing"]],
  [
    "root without the capabilities to switch users and roots",
    { capabilities: 0n },
    ["user switch: limited", "chroot: limited"],
  ],
  [
    "an ordinary user with capabilities, which a switch would not take away",
    { identity: { ok: true, value: { uid: 501, effectiveUid: 501, gid: 20, effectiveGid: 20 } } },
    ["user switch: limited", "chroot: limited"],
  ],
  ["a priority that cannot be raised", { canRaisePriority: no }, ["cpu priority: limited"]],
  ["limits that cannot be read", { stack: no, cpuTime: no }, ["stack size: missing", "cpu time: missing"]],
  [
    "an ordinary user where there are no capabilities",
    {
      capabilities: undefined,
      identity: { ok: true, value: { uid: 501, effectiveUid: 501, gid: 20, effectiveGid: 20 } },
    },
    ["user switch: limited", "chroot: limited"],
  ],
  ["few files, and no more to get", { canRaiseFiles: no }, ["open files: limited"]],
  [
    "a low hard limit of files",
    { openFiles: { ok: true, value: { soft: 1024, hard: 4096 } } },
    ["open files: limited"],
  ],
  ["few processes", { processes: { ok: true, value: { soft: 100, hard: 100 } } }, ["processes: limited"]],
  ["no memory limits", { canLowerMemory: no }, ["memory limits: missing"]],
  [
    "no prctl",
    { parentDeath: no, noNewPrivileges: no },
    ["no_new_privs: missing", "parent-death signal: limited"],
  ],
  ["no Landlock", { landlock: no }, ["confinement: limited"]],
  ["a Landlock without ports", { landlock: { ok: true, value: 3 } }, ["confinement: limited"]],
  ["no sendfile", { sendfile: no }, ["sendfile: limited"]],
  ["no /proc", { processSource: { ...GENEROUS.processSource, isRead: no } }, ["/proc: missing"]],
  ["no shared ports", { reusePort: no }, ["SO_REUSEPORT: missing"]],
  ["a short backlog", { maxBacklog: 128 }, ["listen backlog: limited"]],
  ["an unknown backlog", { maxBacklog: undefined }, ["listen backlog: limited"]],
  ["a kernel that drops waiting clients", { migratesRequests: false }, ["tcp_migrate_req: limited"]],
  ["a taken port", { defaultPort: no }, ["port 8000: limited"]],
  [
    "a low port that takes rights",
    { lowPort: "permission denied 0.0.0.0:80" },
    ["ports 80 and 443: limited"],
  ],
  ["a low port that is taken", { lowPort: "listen EADDRINUSE: address already in use" }, []],
  ["a long TMPDIR", { temporary: { ...GENEROUS.temporary, rootBytes: 80 } }, ["server root: limited"]],
  [
    "a TMPDIR that cannot be written",
    { temporary: { ...GENEROUS.temporary, isWritable: no } },
    ["server root: missing"],
  ],
])("doctor: %s", (_name, changes, expected) => {
  expect(statesOf(changes)).toEqual(expected);
});

test("doctor: how port 80 can be had is told by who may have it now", () => {
  const tell = (changes: Partial<Machine>) => {
    const found = judge({ ...GENEROUS, ...changes }).find(({ name }) => name === "ports 80 and 443");
    return [found?.says, found?.remedy?.split(", ")[0]];
  };
  const user = {
    identity: { ok: true, value: { uid: 1, effectiveUid: 1, gid: 1, effectiveGid: 1 } },
  } as const;
  expect(tell({})).toEqual(["root may listen there", undefined]);
  expect(tell(user)).toEqual(["gw may listen there", undefined]);
  expect(tell({ ...user, lowestOpenPort: 80 })).toEqual(["anybody may listen there", undefined]);
  expect(tell({ lowPort: "x EADDRINUSE" })).toEqual([
    "root may listen there; 80 is taken at present",
    undefined,
  ]);
  expect(tell({ ...user, lowPort: "permission denied" })).toEqual([
    "permission denied, ports from 1024 on are open to anybody",
    "setcap cap_net_bind_service=+ep /usr/bin/gw",
  ]);
});

test("doctor: one line each, with the remedy", () => {
  const findings = judge({ ...GENEROUS, maxBacklog: 128 });
  const lines = renderFindings(findings, paintFor({}, {}));
  expect(lines).toHaveLength(findings.length);
  expect(lines.find((line) => line.startsWith("listen backlog"))).toBe(
    "listen backlog       limited  at most 128; sysctl -w net.core.somaxconn=500 for bursts of new clients",
  );
});
