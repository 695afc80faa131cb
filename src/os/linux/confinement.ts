// What Linux holds a confined process to, by the version of its Landlock, and what each such process gets to see of the system. Pure.

import { LANDLOCK_SINCE } from "../../../ffi/rights/landlock.ts";

/** Lists of TCP ports, where there are any. */
type PortLists = { listenPorts?: readonly unknown[]; connectPorts?: readonly unknown[] };

/** What programs and their libraries are made of, and what tells them of the machine. Those that are there. */
const SYSTEM = [
  "/usr",
  "/lib",
  "/lib32",
  "/lib64",
  "/bin",
  "/sbin",
  "/proc",
  "/sys/fs/cgroup",
  "/sys/devices/system",
];
/** Names, addresses, certificates and time zones: nothing of /etc that is a secret of one program. */
const SYSTEM_FILES = [
  ...[
    "alternatives",
    "ca-certificates",
    "crypto-policies",
    "fonts",
    "gai.conf",
    "group",
    "host.conf",
    "hostname",
    "hosts",
  ],
  ...[
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "ld-musl-x86_64.path",
    "locale.alias",
    "localtime",
    "machine-id",
  ],
  ...[
    "mime.types",
    "networks",
    "nsswitch.conf",
    "os-release",
    "passwd",
    "pki",
    "protocols",
    "python3",
    "resolv.conf",
  ],
  ...["services", "ssl", "timezone"],
].map((name) => `/etc/${name}`);
/** Where the addresses of name servers are written anew, behind the link /etc/resolv.conf. */
const RESOLVERS = ["/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager"];
export const DEVICES = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];

/** What each confined process may read, whatever it is told. */
export const READ_BY_ALL: readonly string[] = [...SYSTEM, ...SYSTEM_FILES, ...RESOLVERS];

export type MissingRight = "files" | "truncating" | "ports";
export const MISSING_WORDS: Readonly<Record<MissingRight, string>> = {
  files: "files (Linux 5.13)",
  truncating: "the emptying of files (Linux 6.2)",
  ports: "TCP ports (Linux 6.7)",
};

/** What of the wish a kernel with this version of Landlock cannot hold; pure. */
export function missingRights(version: number, { listenPorts, connectPorts }: PortLists): MissingRight[] {
  const needed: MissingRight[] = [
    "files",
    "truncating",
    ...((listenPorts ?? connectPorts) ? ["ports" as const] : []),
  ];
  return needed.filter((right) => version < LANDLOCK_SINCE[right]);
}

/** `files, TCP ports, signals, abstract sockets`: what such a kernel holds a process to; pure. */
export function describeRights(version: number, { listenPorts, connectPorts }: PortLists): string {
  const hasPorts = (listenPorts ?? connectPorts) !== undefined && version >= LANDLOCK_SINCE.ports;
  const scopes = version >= LANDLOCK_SINCE.scopes ? ["signals", "abstract sockets"] : [];
  return [...(version >= 1 ? ["files"] : []), ...(hasPorts ? ["TCP ports"] : []), ...scopes].join(", ");
}
