// A UNIX socket that clients come in by. The supervisor makes it, once, and all front ends accept from it: such sockets cannot be
// shared by name as ports can. Nothing is removed but a socket that nobody listens on any more, and at the end gw's own.

import { randomUUID } from "node:crypto";
import { closeSync, lchownSync, lstatSync, renameSync, rmSync, type Stats } from "node:fs";
import { listenAtPath, tryToConnect } from "../../../ffi/unix-socket.ts";
import { GwError, reasonOf } from "../../core/errors.ts";
import { isAbstract } from "../../options/declare/kinds/listen-kind.ts";
import type { SocketOwner } from "../../options/resolve/socket-rules.ts";

export type UnixPlaceSetup = {
  mode: number;
  owner: SocketOwner;
  backlog: number;
  /** Whom gw runs as. */
  uid: number;
};

export type UnixPlace = {
  descriptor: number;
  /** Nobody gets in any more; the file goes, if it is still the one that was made. */
  close(): void;
};

/** Throws the GwError that tells who or what is there. */
export function openUnixPlace(path: string, { mode, owner, backlog, uid }: UnixPlaceSetup): UnixPlace {
  if (!isAbstract(path)) makeRoom(path, [uid, ...(owner.uid === undefined ? [] : [owner.uid])]);
  const made = listenAtPath(path, { mode, backlog });
  if (!made.ok) throw /EADDRINUSE/.test(made.reason) ? taken(path) : refused(path, made.reason);
  const descriptor = made.value;
  const place = keepUnixPlace(path, descriptor);
  const own = isAbstract(path) ? undefined : statOf(path);
  try {
    if (own) giveTo(path, own, owner);
  } catch (error) {
    place.close();
    throw refused(path, `it cannot be given to its owner: ${reasonOf(error)}`);
  }
  return place;
}

/** One that is open already, and listened on: whose file stands at `path` now. */
export function keepUnixPlace(path: string, descriptor: number): UnixPlace {
  const own = isAbstract(path) ? undefined : statOf(path);
  return {
    descriptor,
    close() {
      closeSync(descriptor);
      if (own && isSame(own, statOf(path))) rmSync(path, { force: true });
    },
  };
}

function giveTo(path: string, { uid, gid }: Stats, owner: SocketOwner): void {
  if (owner.uid === undefined && owner.gid === undefined) return;
  lchownSync(path, owner.uid ?? uid, owner.gid ?? gid);
}

/** A gw that was killed has left a socket that nobody listens on; `owners`: whose such a one is. */
function makeRoom(path: string, owners: readonly number[]): void {
  const found = statOf(path);
  if (!found) return;
  if (!found.isSocket())
    throw refused(path, `there is ${describeFile(found)} of that name, which gw does not remove`);
  const tried = tryToConnect(path);
  // A queue that is full is somebody's as well.
  if (tried.ok || /EAGAIN|EPROTOTYPE/.test(tried.reason)) throw taken(path);
  if (!/ECONNREFUSED/.test(tried.reason))
    throw refused(path, `whether somebody listens there cannot be told: ${tried.reason}`);
  if (!owners.includes(found.uid))
    throw refused(
      path,
      `there is a socket of user ${found.uid}, which gw does not remove, though nobody listens on it`,
    );
  removeStale(path, found);
}

/** Another gw may have found the same socket, and have put its own in that place since: what is taken away is looked at first. */
function removeStale(path: string, stale: Stats): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    if (isSame(stale, statOf(aside))) return rmSync(aside, { force: true });
    renameSync(aside, path);
  } catch (error) {
    throw refused(path, `a socket that nobody listens on cannot be removed: ${reasonOf(error)}`);
  }
  throw taken(path);
}

/** Of a link itself, and not of what it leads to. */
const statOf = (path: string) => lstatSync(path, { throwIfNoEntry: false });

const isSame = (one: Stats | undefined, other: Stats | undefined) =>
  one !== undefined && one.ino === other?.ino && one.dev === other.dev;

const describeFile = (stat: Stats) =>
  stat.isDirectory() ? "a directory" : stat.isSymbolicLink() ? "a symbolic link" : "a file";

const taken = (path: string) => new GwError("socket_taken", { path });
const refused = (path: string, reason: string) => new GwError("socket_refused", { path, reason });
