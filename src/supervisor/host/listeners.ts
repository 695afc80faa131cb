// Who listens on a TCP port, read from /proc. Where there is no /proc, or no right to look, nobody is found, and whoever
// asks says less; nothing depends on it.

import { closeSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import { isIPv4, isIPv6 } from "node:net";

/** `address`: in the kernel's own hexadecimal form, see bytesOf. */
export type ListeningSocket = { address: string; port: number; inode: string };

const LISTEN = "0A";
/** Looking through every descriptor of a busy machine must not hold up an error message. */
const MOST_PROCESSES = 5_000;
const CHUNK_BYTES = 16 * 1024;

/** The process that listens on a TCP port. */
export function listenerOf(port: number): number | undefined {
  return holderOf(listeningOn(port));
}

/**
 * Somebody who shares the very address that processes `pids` listen on: its pid, or 0 when it cannot be told. Whoever
 * binds the same port on another address of this machine is no stranger.
 */
export function strangerOn(port: number, pids: readonly number[]): number | undefined {
  const all = listeningOn(port);
  const ours = all.filter((socket) => pids.some((pid) => holdsOne(pid, [socket])));
  const strange = all.filter(
    (socket) => !ours.includes(socket) && ours.some(({ address }) => address === socket.address),
  );
  return strange.length === 0 ? undefined : (holderOf(strange) ?? 0);
}

export function listeningOn(port: number): ListeningSocket[] {
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) =>
    listenersIn(table).filter((socket) => socket.port === port),
  );
}

/** The one of these sockets that a process has open. */
export function listeningOf(pid: number, sockets: readonly ListeningSocket[]): ListeningSocket | undefined {
  return sockets.find((socket) => holdsOne(pid, [socket]));
}

export function holderOf(sockets: readonly ListeningSocket[]): number | undefined {
  if (sockets.length === 0) return undefined;
  const pids = list("/proc").filter(isNumber).slice(0, MOST_PROCESSES).map(Number);
  return pids.find((pid) => holdsOne(pid, sockets));
}

/** The kernel writes words of four bytes as numbers of this machine; in the order of the network. */
export function bytesOf({ address }: Pick<ListeningSocket, "address">): Uint8Array {
  return Uint8Array.from(
    (address.match(/.{8}/g) ?? []).flatMap((word) => [...Uint8Array.fromHex(word)].reverse()),
  );
}

/** The bytes of an address that is written as numbers; undefined for a name, and where a network interface stands behind it. */
export function bytesOfLiteral(host: string): Uint8Array | undefined {
  const text = host.replace(/^\[|\]$/g, "");
  if (isIPv4(text)) return Uint8Array.from(text.split("."), Number);
  if (!isIPv6(text) || text.includes("%")) return undefined;
  // The URL parser also understands the forms that end like IPv4.
  const [head = "", tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split("::");
  const wordsOf = (part = "") =>
    part === "" ? [] : part.split(":").map((word) => Number.parseInt(word, 16));
  const [left, right] = [wordsOf(head), wordsOf(tail)];
  const words = [...left, ...Array(8 - left.length - right.length).fill(0), ...right];
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

/** As people write it: `127.0.0.1`, `[::1]`. */
export function describeAddress(socket: Pick<ListeningSocket, "address">): string {
  const bytes = bytesOf(socket);
  if (bytes.length === 4) return bytes.join(".");
  const words = Array.from({ length: 8 }, (_, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${words.join(":")}]/`).hostname;
}

/** The kernel lists listeners first; a busy server has thousands of other lines behind them. */
function listenersIn(table: string): ListeningSocket[] {
  const found: ListeningSocket[] = [];
  for (const line of linesOf(table)) {
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    if (state === "st") continue;
    if (state !== LISTEN || !inode) break;
    const [address = "", port = ""] = local.split(":");
    found.push({ address, port: Number.parseInt(port, 16), inode });
  }
  return found;
}

function* linesOf(path: string): Generator<string> {
  const fd = tryTo(() => openSync(path, "r"));
  if (fd === undefined) return;
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

function holdsOne(pid: number, sockets: readonly ListeningSocket[]): boolean {
  const names = new Set(sockets.map(({ inode }) => `socket:[${inode}]`));
  return list(`/proc/${pid}/fd`).some((fd) =>
    names.has(tryTo(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? ""),
  );
}

const isNumber = (name: string) => /^\d+$/.test(name);

const list = (path: string): string[] => tryTo(() => readdirSync(path)) ?? [];

/** What has gone meanwhile, or is not ours to see, is not there. */
function tryTo<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
