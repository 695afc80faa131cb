// Which descriptor a TCP connection of this process has, where the runtime does not tell. Linux only; elsewhere the answer
// is that it is not known.

import { ptr } from "bun:ffi";
import type { Linux } from "./libc.ts";
import { openSystem } from "./socket.ts";

/** One end of a connection: bytes of an IPv4 or IPv6 address. */
export type SocketEnd = { address: Uint8Array; port: number };

const AF_INET = 2;
const AF_INET6 = 10;
/** struct sockaddr_in6, the longer one. */
const NAME_BYTES = 28;
const PORT_AT = 2;
const IPV4_AT = 4;
const IPV6_AT = 8;
const IPV6_BYTES = 16;
/** Of IPv4 in the clothes of IPv6. */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
/** Beyond it nobody looks: so many descriptors no front has. */
const NUMBERS_TRIED = 1_048_576;
/** After so many numbers in a row that nothing of a network has, none will come. */
const GAP_MOST = 4096;

const name = new Uint8Array(new ArrayBuffer(NAME_BYTES));
const view = new DataView(name.buffer);
const length = new Uint32Array(new ArrayBuffer(4));

/** The descriptor of the connection between these ends; undefined where there is none, or nobody can tell. */
export function findConnection(remote: SocketEnd, local: SocketEnd): number | undefined {
  const system = openSystem();
  if (!system.ok) return undefined;
  const { linux } = system.value;
  const [there, here] = [mapped(remote.address), mapped(local.address)];
  for (let fd = 0, gap = 0; fd < NUMBERS_TRIED && gap < GAP_MOST; fd++) {
    if (!readName(linux.getpeername, fd)) gap++;
    else gap = 0;
    if (gap > 0 || !isNamed(remote.port, there)) continue;
    if (readName(linux.getsockname, fd) && isNamed(local.port, here)) return fd;
  }
  return undefined;
}

/** Whether the other end of what this is a descriptor of is that one. */
export function leadsTo(fd: number, remote: SocketEnd): boolean {
  const system = openSystem();
  return (
    system.ok && readName(system.value.linux.getpeername, fd) && isNamed(remote.port, mapped(remote.address))
  );
}

function readName(ask: Linux["getpeername"], fd: number): boolean {
  length[0] = NAME_BYTES;
  return ask(fd, ptr(name), ptr(length)) === 0;
}

/** What was read last. */
function isNamed(port: number, address: readonly number[]): boolean {
  const family = view.getUint16(0, true);
  if (view.getUint16(PORT_AT, false) !== port) return false;
  if (family === AF_INET) return isAt(IPV4_AT, address.slice(MAPPED.length)) && isMapped(address);
  return family === AF_INET6 && isAt(IPV6_AT, address);
}

const isAt = (at: number, bytes: readonly number[]) => bytes.every((byte, i) => name[at + i] === byte);

const isMapped = (address: readonly number[]) => MAPPED.every((byte, i) => address[i] === byte);

const mapped = (address: Uint8Array) =>
  address.length === IPV6_BYTES ? [...address] : [...MAPPED, ...address];
