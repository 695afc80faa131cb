// The facts behind `gw doctor`: each is tried for real, on this process and on loopback, and undone at once.

import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { sendFile } from "../../../ffi/files/sendfile.ts";
import { libc } from "../../../ffi/libc.ts";
import {
  getIdentity,
  getParentDeathSignal,
  getPriority,
  getResourceLimit,
  hasNoNewPrivileges,
  type Identity,
  type Outcome,
  type ResourceLimit,
  type ResourceName,
  type Result,
  setPriority,
  setResourceLimit,
} from "../../../ffi/process.ts";
import { landlockVersion } from "../../../ffi/rights/landlock.ts";
import { reasonOf } from "../../core/errors.ts";
import { SERVER_ROOT_BYTES } from "../../options/declare/socket-paths.ts";
import { known } from "../../os/operating-system.ts";
import { os } from "../../os/os.ts";

export type Machine = {
  /** Its file name. */
  libc: Result<string>;
  identity: Result<Identity>;
  /** The effective set; undefined where the system has none. */
  capabilities: bigint | undefined;
  noNewPrivileges: Result<boolean>;
  /** Version of its interface. */
  landlock: Result<number>;
  openFiles: Result<ResourceLimit>;
  canRaiseFiles: Outcome;
  processes: Result<ResourceLimit>;
  canLowerMemory: Outcome;
  /** What the runtime alone has mapped; undefined where it cannot be read. */
  mappedBytes: number | undefined;
  stack: Result<ResourceLimit>;
  cpuTime: Result<ResourceLimit>;
  /** To a nice value below the present one. */
  canRaisePriority: Outcome;
  parentDeath: Result<number>;
  sendfile: Outcome;
  /** Where the system has its knowledge of processes, whether it can be read, and what to do when it cannot. */
  processSource: { name: string; remedy: string; isRead: Outcome };
  reusePort: Outcome;
  maxBacklog: number | undefined;
  migratesRequests: boolean | undefined;
  defaultPort: Outcome;
  /** What became of the try to listen on port 80, in the system's word; undefined where it went well. */
  lowPort: string | undefined;
  /** From which port on anybody may listen. */
  lowestOpenPort: number | undefined;
  /** Path of the running program. */
  program: string;
  temporary: { path: string; isWritable: Outcome; rootBytes: number; mostBytes: number };
};

/** That of HTTP. */
const LOW_PORT = 80;

export async function probeMachine(): Promise<Machine> {
  const library = libc();
  const tmpdir = process.env.TMPDIR || "/tmp";
  const openFiles = getResourceLimit("openFiles");
  return {
    libc: library.available ? { ok: true, value: library.name } : { ok: false, reason: library.reason },
    identity: getIdentity(),
    capabilities: known(os.ownCapabilities()),
    noNewPrivileges: hasNoNewPrivileges(),
    landlock: landlockVersion(),
    openFiles,
    canRaiseFiles: openFiles.ok ? tryLimit("openFiles", openFiles.value.hard) : openFiles,
    processes: getResourceLimit("processes"),
    canLowerMemory: firstFailure([tryLimit("data", 2 ** 42), tryLimit("addressSpace", 2 ** 46)]),
    mappedBytes: known(os.ownMemory())?.mappedBytes,
    stack: getResourceLimit("stack"),
    cpuTime: getResourceLimit("cpu"),
    canRaisePriority: tryPriority(),
    parentDeath: getParentDeathSignal(),
    sendfile: trySendfile(tmpdir),
    processSource: { ...os.processSource, isRead: os.canTellProcesses() },
    reusePort: tryReusePort(),
    maxBacklog: known(os.mostBacklog()),
    migratesRequests: known(os.migratesRequests()),
    defaultPort: await tryPort(8000),
    lowPort: await tryLowPort(),
    lowestOpenPort: known(os.lowestOpenPort()),
    program: process.execPath,
    temporary: {
      path: tmpdir,
      isWritable: inTemporaryDir(tmpdir, () => {}),
      rootBytes: Buffer.byteLength(join(tmpdir, `gw-255.255.255.255:65535:${process.getuid?.() ?? 0}`)),
      mostBytes: SERVER_ROOT_BYTES,
    },
  };
}

/** Sets the soft limit as near to `soft` as the hard one allows, and back. */
function tryLimit(name: ResourceName, soft: number): Outcome {
  const before = getResourceLimit(name);
  if (!before.ok) return before;
  const { hard } = before.value;
  const changed = setResourceLimit(name, { soft: Math.min(soft, hard), hard });
  return changed.ok ? setResourceLimit(name, before.value) : changed;
}

function firstFailure(outcomes: Outcome[]): Outcome {
  return outcomes.find(({ ok }) => !ok) ?? { ok: true };
}

/** One step up and back again: down is always allowed. */
function tryPriority(): Outcome {
  const before = getPriority();
  if (!before.ok) return before;
  const changed = setPriority(before.value - 1, []);
  return changed.ok ? setPriority(before.value, []) : changed;
}

function trySendfile(tmpdir: string): Outcome {
  let moved: Result<number> | undefined;
  const made = inTemporaryDir(tmpdir, (dir) => {
    const [source, target] = [join(dir, "source"), join(dir, "target")];
    writeFileSync(source, "gw");
    const [from, to] = [openSync(source, "r"), openSync(target, "w")];
    moved = sendFile(to, from, 2);
    closeSync(from);
    closeSync(to);
  });
  return made.ok ? (moved ?? made) : made;
}

/** Really binds two sockets to one port. */
function tryReusePort(): Outcome {
  return attempt(() => {
    const fetch = () => new Response();
    const first = Bun.serve({ hostname: "127.0.0.1", port: 0, reusePort: true, fetch });
    try {
      Bun.serve({ hostname: "127.0.0.1", port: first.port ?? 0, reusePort: true, fetch }).stop(true);
    } finally {
      first.stop(true);
    }
  });
}

function tryPort(port: number): Promise<Outcome> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", (error) => resolve({ ok: false, reason: reasonOf(error) }));
    server.listen({ port, host: "0.0.0.0", exclusive: true }, () =>
      server.close(() => resolve({ ok: true })),
    );
  });
}

async function tryLowPort(): Promise<string | undefined> {
  const tried = await tryPort(LOW_PORT);
  return tried.ok ? undefined : tried.reason;
}

function inTemporaryDir(tmpdir: string, act: (dir: string) => void): Outcome {
  return attempt(() => {
    const dir = mkdtempSync(join(tmpdir, "gw-doctor-"));
    try {
      act(dir);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
}

function attempt(act: () => unknown): Outcome {
  try {
    act();
    return { ok: true };
  } catch (thrown) {
    return { ok: false, reason: reasonOf(thrown) };
  }
}
