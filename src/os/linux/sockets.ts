// Who listens on a TCP port: the kernel's tables of sockets, and which process has which of them open.

import { closeSync, openSync, readlinkSync, readSync } from "node:fs";
import type { Result } from "../../../ffi/process.ts";
import { reasonOf } from "../../core/errors.ts";
import { namesIn } from "../../core/files.ts";
import type { ListeningSocket } from "../operating-system.ts";
import { listPids } from "./processes.ts";

const LISTEN = "0A";
/** The second one is missing where there is no IPv6. */
const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"] as const;
/** Looking through every descriptor of a busy machine must not hold up an error message. */
const MOST_PROCESSES = 5_000;
const CHUNK_BYTES = 16 * 1024;

export function listeningOn(port: number): Result<ListeningSocket[]> {
  const all = allListening();
  return all.ok ? { ok: true, value: all.value.filter((socket) => socket.port === port) } : all;
}

/** TCP ports that this process listens on, whichever of its threads opened them. */
export function ownPorts(): Result<number[]> {
  const names = namesIn("/proc/self/fd");
  const all = allListening();
  if (!all.ok) return all;
  if (!names) return { ok: false, reason: "/proc/self/fd cannot be read" };
  const own = new Set(names.map((fd) => linkOf(`/proc/self/fd/${fd}`)));
  const ports = all.value.filter(({ id }) => own.has(linkTo(id))).map(({ port }) => port);
  return { ok: true, value: [...new Set(ports)] };
}

export function listeningOf(pid: number, sockets: readonly ListeningSocket[]): ListeningSocket | undefined {
  return sockets.find((socket) => holdsOne(pid, [socket]));
}

export function holderOf(sockets: readonly ListeningSocket[]): number | undefined {
  if (sockets.length === 0) return undefined;
  const pids = listPids();
  return pids.ok ? pids.value.slice(0, MOST_PROCESSES).find((pid) => holdsOne(pid, sockets)) : undefined;
}

function holdsOne(pid: number, sockets: readonly ListeningSocket[]): boolean {
  const links = new Set(sockets.map(({ id }) => linkTo(id)));
  return (namesIn(`/proc/${pid}/fd`) ?? []).some((fd) => links.has(linkOf(`/proc/${pid}/fd/${fd}`) ?? ""));
}

const linkTo = (id: string) => `socket:[${id}]`;

/** What has gone meanwhile, or is not ours to see, leads nowhere. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function allListening(): Result<ListeningSocket[]> {
  const [tcp, tcp6] = TABLES.map(listeningIn);
  if (tcp?.ok) return { ok: true, value: [...tcp.value, ...(tcp6?.ok ? tcp6.value : [])] };
  return tcp6?.ok
    ? tcp6
    : { ok: false, reason: tcp && !tcp.ok ? tcp.reason : "there is no table of sockets" };
}

/** The kernel lists listeners first; a busy server has thousands of other lines behind them. */
function listeningIn(table: string): Result<ListeningSocket[]> {
  try {
    const found: ListeningSocket[] = [];
    for (const line of linesOf(table)) {
      const socket = parseListening(line);
      if (socket === "none") break;
      if (socket !== "heading") found.push(socket);
    }
    return { ok: true, value: found };
  } catch (thrown) {
    return { ok: false, reason: reasonOf(thrown) };
  }
}

/** Of one line: `sl local_address rem_address st … inode`, addresses and ports in hexadecimal digits. */
export function parseListening(line: string): ListeningSocket | "heading" | "none" {
  const [, local = "", , state, , , , , , id] = line.trim().split(/\s+/);
  if (state === "st") return "heading";
  if (state !== LISTEN || !id) return "none";
  const [address = "", port = ""] = local.split(":");
  return { address: inNetworkOrder(address), port: Number.parseInt(port, 16), id };
}

/** The kernel writes words of four bytes as numbers of this machine. */
function inNetworkOrder(address: string): string {
  const words = address.match(/.{8}/g) ?? [];
  return words.map((word) => Uint8Array.fromHex(word).reverse().toHex()).join("");
}

function* linesOf(path: string): Generator<string> {
  const fd = openSync(path, "r");
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let rest = "";
  try {
    for (let count = 1; count > 0; ) {
      count = readSync(fd, chunk);
      const lines = (rest + chunk.toString("latin1", 0, count)).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } finally {
    closeSync(fd);
  }
}
