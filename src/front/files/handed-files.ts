// Answers whose body is a file that the worker has opened and handed over: the front sends it, and the worker is free.

import { closeSync, fstatSync } from "node:fs";
import type { Deadlines } from "../../core/deadlines.ts";
import { type Cause, GwError } from "../../core/errors.ts";
import { decodeHandedFile } from "../../http/handed-file.ts";
import { reasonPhrase } from "../../http/status.ts";
import type { ResponseHead } from "../../upstream/response-head.ts";
import type { ClientPace } from "../visit/client-pace.ts";
import { Running } from "../visit/running.ts";
import type { Visit } from "../visit/visit.ts";
import { FileDelivery } from "./delivery.ts";
import type { FileChannel } from "./file-channel.ts";
import { OpenFile } from "./open-file.ts";
import { versionOf } from "./reply/version.ts";

/** Each holds a descriptor while its client takes it. */
const FILES_MOST = 512;

/** A worker, as far as its files go. */
export type HandingWorker = { files?: FileChannel | undefined; hasAnswered: boolean };

/** With the disk, and with clients. */
type Patiences = { silence: Deadlines; pace: ClientPace };

export class HandedFiles<W extends HandingWorker> {
  readonly #running = new Running<FileDelivery>();
  readonly #patience: Patiences;
  readonly #onFree: (state: W) => void;

  /** `onFree`: the worker has room for another request. */
  constructor(patience: Patiences, onFree: (state: W) => void) {
    this.#patience = patience;
    this.#onFree = onFree;
  }

  /** The channel by which the worker may answer this request with a file; undefined where it is to send the bytes itself. */
  inviteFor({ client }: Visit, { files }: W): string | undefined {
    if (!files || client.method !== "GET" || !client.sendFile || this.#running.size >= FILES_MOST)
      return undefined;
    return files.name;
  }

  /** `head` with its fields complete. The visit is somebody else's afterwards, or over. */
  deliver(visit: Visit, state: W, head: ResponseHead): void {
    state.hasAnswered = true;
    this.#deliver(visit, state, head);
    this.#onFree(state);
  }

  #deliver(visit: Visit, { files }: W, { status, reason, fields, file = "" }: ResponseHead): void {
    const handed = decodeHandedFile(file);
    const fd = handed && files?.take(handed.token);
    if (!handed || fd === undefined) return visit.refuse(unusable("no file came with the answer"));
    const stat = fstatSync(fd, { bigint: true });
    const { start, length } = handed;
    if (!stat.isFile()) {
      closeSync(fd);
      return visit.refuse(unusable("what came with the answer is no file"));
    }
    // One that is shorter than its length ends in a cut, as any body of a worker does.
    const parts = [{ start, end: start + length }];
    const answer = { status, reason: reason || reasonPhrase(status), fields, length, parts };
    const opened = new OpenFile(fd, versionOf(stat, 0).written, stat.dev);
    const how = { usesKernel: true, ...this.#patience, all: this.#running, onLeft: () => {} };
    visit.handTo(new FileDelivery(visit, answer, opened, how));
  }

  abandon(cause: Cause): void {
    for (const { visit } of this.#running) visit.refuse(new GwError(cause));
  }
}

const unusable = (reason: string) => new GwError("worker_answer_malformed", { reason });
