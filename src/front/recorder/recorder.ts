// Keeps whole requests and answers as files, for whoever looks for a mistake: bounded in number and size, readable for nobody
// else, and never waited for.

import { accessSync, constants, mkdirSync, readdirSync, statSync } from "node:fs";
import { unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { codeOf, GwError, reasonOf } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { RecorderSetup } from "../../link/setups.ts";
import type { Client } from "../door/client.ts";
import type { Visit } from "../visit/visit.ts";
import { RecordedClient } from "./recorded-client.ts";
import { Recording } from "./recording.ts";

/** Files that are being written; beyond that, requests are not recorded. */
const WRITING_MOST = 64;
/** `20261129T135612123-tp9lgokrab-1.json`: in the order in which they were over. */
const NAME = /^\d{8}T\d{9}-[0-9a-z]{1,20}-[0-9a-z]{1,12}\.json$/;

export type RecorderOptions = RecorderSetup & { clock: Clock; log: Log };

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #recordings = new WeakMap<Visit, Recording>();
  /** The oldest first. */
  #names: string[] = [];
  #writing = 0;
  /** Since it was last told. */
  #lost = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** To be called as the user who is to write there. Throws a GwError. */
  open(): void {
    const { directory: path, keep } = this.#options;
    try {
      makeDirectory(path);
      if (!statSync(path).isDirectory()) throw new Error("it is not a directory");
      accessSync(path, constants.W_OK | constants.X_OK);
      this.#names = readdirSync(path)
        .filter((name) => NAME.test(name))
        .toSorted();
    } catch (thrown) {
      throw new GwError("recorder_refused", { path, reason: reasonOf(thrown) });
    }
    this.#removeBeyond(keep);
  }

  wrap(client: Client): RecordedClient {
    return new RecordedClient(client, new Recording(this.#options.bodyBytes));
  }

  follow(visit: Visit, { recording }: RecordedClient): void {
    this.#recordings.set(visit, recording);
  }

  /** It is over at this instant. */
  tell(visit: Visit, now: number): void {
    const recording = this.#recordings.get(visit);
    if (!recording) return;
    if (this.#writing >= WRITING_MOST) return this.#noteLost("more come than can be written");
    const { clock, directory } = this.#options;
    const tookMs = now - visit.arrivedAt;
    const endMs = clock.wall();
    const name = `${new Date(endMs).toISOString().replace(/[-:.Z]/g, "")}-${visit.id}.json`;
    const text = `${JSON.stringify(recording.read(visit, endMs - tookMs, tookMs), null, 2)}\n`;
    void this.#write(join(directory, name), name, text);
  }

  async #write(path: string, name: string, text: string): Promise<void> {
    this.#writing++;
    try {
      // Whatever has the name already, a link perhaps, is left alone.
      await writeFile(path, text, { flag: "wx", mode: 0o600 });
      // In the order in which they were over, not in that in which the disk was done with them.
      this.#names.splice(this.#names.findLastIndex((earlier) => earlier < name) + 1, 0, name);
      this.#removeBeyond(this.#options.keep);
      this.#noteWritten();
    } catch (thrown) {
      this.#noteLost(reasonOf(thrown));
    } finally {
      this.#writing--;
    }
  }

  #removeBeyond(keep: number): void {
    for (const name of this.#names.splice(0, Math.max(0, this.#names.length - keep)))
      unlink(join(this.#options.directory, name)).catch((thrown: unknown) => {
        // Another front end, or somebody else, was faster.
        if (codeOf(thrown) !== "ENOENT") this.#noteLost(reasonOf(thrown));
      });
  }

  #noteLost(why: string): void {
    if (this.#lost++ > 0) return;
    const { log, directory } = this.#options;
    log.warn("requests are not recorded until they can be written again", { directory, why });
  }

  #noteWritten(): void {
    if (this.#lost === 0) return;
    this.#options.log.warn("requests are recorded again", { lost: this.#lost });
    this.#lost = 0;
  }
}

/** Only the last part: of a path that is wrong, nothing is made. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (thrown) {
    if (codeOf(thrown) !== "EEXIST") throw thrown;
  }
}
