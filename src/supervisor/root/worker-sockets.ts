// Where each worker listens and with what token it knows the front ends: one path for each process, never used twice.
import { existsSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { reasonOf } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { channelPath } from "../../http/handed-file.ts";
import type { WorkerProgram } from "../languages/programs.ts";
import type { RunDir } from "./run-dir.ts";
import type { SocketUser } from "./socket-dirs.ts";

/** `mode`: permissions that the worker gives it; absent for its own. */
export type WorkerSocket = { path: string; token: string; mode?: number };

export class WorkerSockets {
  readonly #runDir: RunDir;
  readonly #log: Log;
  #count = 0;

  constructor(runDir: RunDir, log: Log) {
    this.#runDir = runDir;
    this.#log = log;
  }

  /** See RunDir. */
  get runtime(): string | undefined {
    return this.#runDir.runtime;
  }

  /** See RunDir. */
  program(program: WorkerProgram): string {
    this.#runDir.restore();
    return this.#runDir.program(program);
  }

  /** For a new process that runs as `user`. */
  make(user: SocketUser | undefined): WorkerSocket {
    this.#runDir.restore();
    const mode = this.#runDir.socketMode(user);
    return {
      path: this.#runDir.socket(`w${++this.#count}.sock`, user),
      token: crypto.getRandomValues(new Uint8Array(16)).toHex(),
      ...(mode !== undefined && { mode }),
    };
  }

  /** Where the sockets of this user's processes are. */
  directoryFor(user: SocketUser | undefined): string {
    return dirname(this.fileFor("socket", user));
  }

  /** A path where a process of this user can write. */
  fileFor(name: string, user: SocketUser | undefined): string {
    this.#runDir.restore();
    return this.#runDir.socket(name, user);
  }

  exists({ path }: WorkerSocket): boolean {
    return existsSync(path);
  }

  /** The directory is the workers': an app may have put there what does not go. */
  remove({ path }: WorkerSocket): void {
    try {
      for (const one of [path, channelPath(path)]) rmSync(one, { force: true });
    } catch (error) {
      this.#log.warn("a worker's socket could not be removed", { path, why: reasonOf(error) });
    }
  }
}
