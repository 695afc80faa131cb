// The file of users and hashes, where no script checks passwords. It is read before the process becomes somebody else, for the
// app's user need not be able to read it, and again when it has changed, as far as that can be done then.

import { statSync } from "node:fs";
import type { Clock } from "../core/clock.ts";
import { GwError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { PasswordHashes } from "../credentials/htpasswd.ts";
import { readPasswordFile } from "../credentials/password-file.ts";
import type { PasswordTurns } from "../credentials/turns.ts";
import { createPasswordCheck, type PasswordCheck } from "../credentials/verify.ts";

export type UserFileTools = {
  clock: Clock;
  log: Log;
  random: (bytes: number) => Uint8Array;
  /** Hashes are computed in these. */
  turns: PasswordTurns;
};

const LOOK_MS = 1_000;
const KEY_BYTES = 32;

export class UserFile {
  readonly #path: string;
  readonly #tools: UserFileTools;
  readonly #key: Uint8Array;
  #check: PasswordCheck;
  #mark: string | undefined;
  #lookedAt: number;

  /** Throws where the file cannot be used. */
  constructor(path: string, tools: UserFileTools) {
    this.#path = path;
    this.#tools = tools;
    this.#key = tools.random(KEY_BYTES);
    this.#lookedAt = tools.clock.now();
    this.#mark = this.#look();
    const { hashes, problems } = readPasswordFile({ path });
    const [problem] = problems;
    if (problem) throw new GwError("auth_file_unusable", { path, reason: problem.what });
    this.#check = this.#checkOf(hashes);
  }

  /**
   * A file with something wrong in it changes nothing: those who were in it before still are. Rejects with NoTurn where there is too
   * much to do.
   */
  check(user: string, password: string): Promise<boolean> {
    this.#follow();
    return this.#check(user, password);
  }

  #checkOf(hashes: PasswordHashes): PasswordCheck {
    const { turns } = this.#tools;
    const verify = (password: string, hash: string) => turns.take(() => Bun.password.verify(password, hash));
    return createPasswordCheck(hashes, { key: this.#key, verify });
  }

  #follow(): void {
    const { clock, log } = this.#tools;
    const now = clock.now();
    if (now - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = now;
    const mark = this.#look();
    if (mark === undefined || mark === this.#mark) return;
    this.#mark = mark;
    const { hashes, problems } = readPasswordFile({ path: this.#path });
    const [problem] = problems;
    if (problem) {
      log.warn("the file of users has changed, and is not taken up", { file: this.#path, why: problem.what });
      return;
    }
    this.#check = this.#checkOf(hashes);
    log.info("the file of users has changed, and is taken up", { file: this.#path, users: hashes.size });
  }

  /** Another one for each version of the file; undefined where it cannot be seen from here. */
  #look(): string | undefined {
    try {
      const { mtimeMs, ctimeMs, size, ino } = statSync(this.#path);
      return [mtimeMs, ctimeMs, size, ino].join();
    } catch {
      return undefined;
    }
  }
}
