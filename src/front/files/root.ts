// One directory that files are served from: what stands at a path in it, and a descriptor to read that by. What the kernel
// knows without a disk is answered at once, everything else later; the loop waits for no disk. Nothing but regular files and
// directories is ever opened: a look at the others (O_PATH) does nothing to them.

import {
  type BigIntStats,
  close,
  closeSync,
  constants,
  fstat,
  fstatSync,
  open,
  openSync,
  statfsSync,
} from "node:fs";
import { stat, statfs } from "node:fs/promises";
import { promisify } from "node:util";
import {
  EACCES,
  ELOOP,
  ENAMETOOLONG,
  ENOENT,
  ENOTDIR,
  EXDEV,
  openBeneath,
} from "../../../ffi/files/open-beneath.ts";
import type { Clock } from "../../core/clock.ts";
import { codeOf, reasonOf } from "../../core/errors.ts";
import type { Turnstile } from "../../core/turnstile.ts";
import { turnsOn } from "./open-file.ts";
import { O_PATH, pathOfDescriptor, WalkError, walkBeneath } from "./walk.ts";

/** What stands at a path. `fd`: of that (O_PATH), to be closed by whoever has looked. */
export type Sight =
  | { kind: "file"; stat: BigIntStats; fd: number }
  | { kind: "directory" }
  | { kind: "nothing" }
  /** It is there, but not to be served; `why` in the operator's words. */
  | { kind: "refused"; why: string };

const NOTHING: Sight = { kind: "nothing" };
const DIRECTORY: Sight = { kind: "directory" };
const LEADS_OUT = "a symbolic link leads out of the directory; --follow-symlinks allows that";
const NO_FILE = "it is no regular file";

/** ext, XFS, Btrfs, F2FS, ZFS, bcachefs, tmpfs, ramfs, overlay, squashfs, EROFS: what they have in memory, they tell at once. */
const LOCAL: readonly number[] = [
  0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x2fc12fc1, 0xca451a4e, 0x01021994, 0x858458f6, 0x794c7630,
  0x73717368, 0xe0f5e1e2,
];

/** How often a look is taken whether another directory has come to be at the root's own path. */
const RENEW_EVERY_MS = 1000;

const openAsync = promisify(open);
const statAsync = (fd: number) =>
  new Promise<BigIntStats>((resolve, reject) =>
    fstat(fd, { bigint: true }, (error, found) => (error ? reject(error) : resolve(found))),
  );

export class Root {
  readonly path: string;
  readonly followsLinks: boolean;
  readonly #clock: Clock;
  #fd: number;
  #id: string;
  #isLocal: boolean;
  #turns: Turnstile;
  #renewAt: number;
  #isRenewing = false;

  /** Throws the system's error where the directory cannot be opened. */
  constructor(path: string, followsLinks: boolean, clock: Clock) {
    this.path = path;
    this.followsLinks = followsLinks;
    this.#clock = clock;
    // The dot asks whether what is in there can be reached.
    this.#fd = openSync(`${path}/.`, O_PATH | constants.O_DIRECTORY);
    const found = fstatSync(this.#fd, { bigint: true });
    this.#id = idOf(found);
    this.#turns = turnsOn(found.dev);
    this.#isLocal = LOCAL.includes(statfsSync(path).type);
    this.#renewAt = clock.now() + RENEW_EVERY_MS;
  }

  /** What there is in memory of it, the kernel tells at once. */
  get isLocal(): boolean {
    return this.#isLocal;
  }

  /** `names`: the segments of the path, none of them empty or of dots. */
  look(names: readonly string[]): Sight | Promise<Sight> {
    this.#renew();
    const quick = this.#isLocal ? this.#lookQuickly(names) : undefined;
    return quick ?? this.#turns.take(() => this.#lookSlowly(names));
  }

  /** Undefined: it would take time to find out. */
  #lookQuickly(names: readonly string[]): Sight | undefined {
    if (names.length === 0) return DIRECTORY;
    const fd = openBeneath(this.#fd, names.join("/"), { followsLinks: this.followsLinks, cachedOnly: true });
    if (fd < 0) return -fd === ENOENT || -fd === ENOTDIR ? NOTHING : undefined;
    try {
      return sightOf(fd, fstatSync(fd, { bigint: true }));
    } catch (thrown) {
      closeSync(fd);
      throw thrown;
    }
  }

  async #lookSlowly(names: readonly string[]): Promise<Sight> {
    try {
      const fd = await this.#open(names);
      try {
        return sightOf(fd, await statAsync(fd));
      } catch (thrown) {
        close(fd);
        throw thrown;
      }
    } catch (thrown) {
      return sightOfError(thrown);
    }
  }

  /** Held open, to be read by `path`; undefined where there is no directory. */
  async openDirectory(names: readonly string[]): Promise<({ path: string } & Disposable) | undefined> {
    return await this.#turns.take(async () => {
      const fd = await this.#open(names).catch(() => undefined);
      if (fd === undefined) return undefined;
      const held = { path: `${pathOfDescriptor(fd)}/`, [Symbol.dispose]: () => close(fd) };
      if ((await statAsync(fd)).isDirectory()) return held;
      held[Symbol.dispose]();
      return undefined;
    });
  }

  /** Does something else that may take as long as the disk does. */
  inTurn<T>(act: () => Promise<T>): Promise<T> {
    return this.#turns.take(act);
  }

  #open(names: readonly string[]): Promise<number> {
    if (!this.followsLinks) return walkBeneath(this.#fd, names);
    return openAsync(`${pathOfDescriptor(this.#fd)}/${names.join("/")}`, O_PATH);
  }

  /** Another directory may have been put there, as deployments do that exchange a symbolic link. Not waited for. */
  #renew(): void {
    const now = this.#clock.now();
    if (now < this.#renewAt || this.#isRenewing) return;
    this.#renewAt = now + RENEW_EVERY_MS;
    this.#isRenewing = true;
    // While there is nothing, the old one stays.
    const end = () => {
      this.#isRenewing = false;
    };
    void this.#turns.take(() => this.#exchange()).then(end, end);
  }

  async #exchange(): Promise<void> {
    const { dev, ino } = await stat(this.path, { bigint: true });
    if (idOf({ dev, ino }) === this.#id) return;
    const fd = await openAsync(this.path, O_PATH | constants.O_DIRECTORY);
    const found = await statAsync(fd);
    const { type } = await statfs(this.path);
    const former = this.#fd;
    this.#fd = fd;
    this.#id = idOf(found);
    this.#turns = turnsOn(found.dev);
    this.#isLocal = LOCAL.includes(type);
    // Looks that are under way hold the old one by its number.
    this.#clock.after(CLOSE_AFTER_MS, () => close(former));
  }

  close(): void {
    close(this.#fd);
  }
}

/** No look takes as long, unless a disk hangs. */
const CLOSE_AFTER_MS = 600_000;

const idOf = ({ dev, ino }: Pick<BigIntStats, "dev" | "ino">) => `${dev}-${ino}`;

function sightOf(fd: number, found: BigIntStats): Sight {
  if (found.isFile()) return { kind: "file", stat: found, fd };
  closeSync(fd);
  return found.isDirectory() ? DIRECTORY : { kind: "refused", why: NO_FILE };
}

const MISSING: readonly number[] = [ENOENT, ENOTDIR, ENAMETOOLONG];

function sightOfError(thrown: unknown): Sight {
  const errno = thrown instanceof WalkError ? thrown.errno : Math.abs(errnoOf(thrown));
  if (MISSING.includes(errno)) return NOTHING;
  if (errno === EXDEV) return { kind: "refused", why: LEADS_OUT };
  if (errno === ELOOP) return { kind: "refused", why: "its symbolic links go in a circle" };
  if (errno === EACCES) return { kind: "refused", why: "the front end's user may not read it" };
  throw thrown;
}

function errnoOf(thrown: unknown): number {
  return thrown instanceof Error && "errno" in thrown ? Number(thrown.errno) : 0;
}

/** To read what was looked at. `fd` is closed. `turns`: of a disk that is to be waited for. Throws the system's error. */
export function openSeen(fd: number, turns: Turnstile | undefined): number | Promise<number> {
  if (turns) return turns.take(() => openPatiently(fd));
  try {
    const opened = openSync(pathOfDescriptor(fd), constants.O_RDONLY | constants.O_NONBLOCK);
    closeSync(fd);
    return opened;
  } catch (thrown) {
    // Somebody holds a lease on it, which takes a while to be given back.
    if (codeOf(thrown) === "EAGAIN")
      return turnsOn(fstatSync(fd, { bigint: true }).dev).take(() => openPatiently(fd));
    closeSync(fd);
    throw thrown;
  }
}

async function openPatiently(fd: number): Promise<number> {
  try {
    return await openAsync(pathOfDescriptor(fd), constants.O_RDONLY);
  } finally {
    close(fd);
  }
}

/** Of what the system has thrown: why a file cannot be served. */
export const whyNot = (thrown: unknown): string => codeOf(thrown) || reasonOf(thrown);
