// The default server roots of this machine, and who has the lock of one. Anybody may make any name in a shared directory,
// and put there what he likes: only directories of the user in the name count, and nothing in them is followed or waited for.

import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from "node:fs";
import { join } from "node:path";
import { namesIn } from "../core/files.ts";
import { known, startTimeOf } from "../os/operating-system.ts";
import { os } from "../os/os.ts";
import { LOCK_NAME } from "./protocol.ts";

const PREFIX = "gw-";
/** HOST:PORT:UID; a port that was not chosen is `0.PID`. */
const NAME = /^gw-.*:(\d+(?:\.\d+)?):(\d+)$/;
/** Of other users, that is asked; more is no machine but mischief. */
const MOST_OF_OTHERS = 200;

export function rootsPattern(tmpdir: string, uid: number | "*"): string {
  return join(tmpdir, `${PREFIX}*:${uid}`);
}

export function ownRoots(tmpdir: string, uid: number): string[] {
  return listRoots(tmpdir, (name) => name.uid === uid).filter((path) => statOf(path)?.uid === uid);
}

/** Of all other users; each belongs to the one in its name, or to root. With a port, those that may serve it. */
export function rootsOfOthers(tmpdir: string, uid: number, port: number | undefined): string[] {
  const isMeant = (name: ServerRootName) =>
    name.uid !== uid && (port === undefined || (name.port ?? port) === port);
  return listRoots(tmpdir, isMeant)
    .filter((path) => [0, nameOf(path)?.uid].includes(statOf(path)?.uid))
    .slice(0, MOST_OF_OTHERS);
}

/** Undefined where the name does not tell. */
export const portIn = (serverRoot: string) => nameOf(serverRoot)?.port;

type ServerRootName = { port: number | undefined; uid: number };

function nameOf(path: string): ServerRootName | undefined {
  const [, port = "", uid = ""] = NAME.exec(path.slice(path.lastIndexOf("/") + 1)) ?? [];
  return uid === "" ? undefined : { port: port.includes(".") ? undefined : Number(port), uid: Number(uid) };
}

function listRoots(tmpdir: string, isMeant: (name: ServerRootName) => boolean): string[] {
  return (namesIn(tmpdir) ?? [])
    .filter((entry) => {
      const name = nameOf(entry);
      return name !== undefined && isMeant(name);
    })
    .map((entry) => join(tmpdir, entry))
    .filter((path) => statOf(path)?.isDirectory());
}

/** Pid of the gw whose lock is in this server root, while it runs; of a process of another user nothing is said. */
export function ownerOf(serverRoot: string): number | undefined {
  const [pid = "", started = ""] = (readStart(join(serverRoot, LOCK_NAME)) ?? "").trim().split(" ");
  if (!/^\d+$/.test(pid) || started === "" || startTimeOf(os, Number(pid)) !== started) return undefined;
  const user = known(os.userOf(Number(pid)));
  return user !== undefined && user === statOf(serverRoot)?.uid ? Number(pid) : undefined;
}

const LOCK_LENGTH = 64;

function readStart(path: string): string | undefined {
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const bytes = Buffer.alloc(LOCK_LENGTH);
      return fstatSync(fd).isFile() ? bytes.toString("latin1", 0, readSync(fd, bytes)) : undefined;
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

export function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
