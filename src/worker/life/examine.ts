// A closer look at the worker from within: where its processor time goes, or what is in its heap, as files that the tools of Chrome
// open. The supervisor says where the file goes; a file or a link that is there already is not touched.

import { closeSync, constants, openSync, rmSync, writeSync } from "node:fs";
import { Session } from "node:inspector";
import { freemem } from "node:os";
import { type Clock, pause } from "../../core/clock.ts";
import { reasonOf } from "../../core/errors.ts";
import type { FromChild, ToChild } from "../../link/messages.ts";

export type ExamineOrder = Extract<ToChild, { type: "examine" }>;

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
/** Between two samples, in microseconds. */
const SAMPLE_US = 1_000;
/** What a picture of the heap takes beside it, as a multiple of all memory of the process: measured with 3,000,000 objects. */
const HEAP_TAKES = 6;

/** `rss`: memory of this process, in bytes. */
export type ExamineTools = { clock: Clock; rss: () => number };

/** Never rejects: what went wrong is part of the answer. */
export async function examine(
  { id, what, forMs, path }: ExamineOrder,
  tools: ExamineTools,
): Promise<Extract<FromChild, { type: "examined" }>> {
  try {
    const content = what === "profile" ? await profile(forMs, tools.clock) : pictureOfHeap(tools.rss());
    return { type: "examined", id, bytes: writeNew(path, content) };
  } catch (thrown) {
    return { type: "examined", id, reason: reasonOf(thrown) };
  }
}

async function profile(forMs: number, clock: Clock): Promise<Uint8Array> {
  const session = new Session();
  session.connect();
  const post = (method: string, params = {}) =>
    new Promise<unknown>((resolve, reject) =>
      session.post(method, params, (error, result) => (error ? reject(error) : resolve(result))),
    );
  try {
    await post("Profiler.enable");
    await post("Profiler.setSamplingInterval", { interval: SAMPLE_US });
    await post("Profiler.start");
    await pause(clock, forMs);
    const { profile: found } = (await post("Profiler.stop")) as { profile: object };
    return Buffer.from(JSON.stringify(found));
  } finally {
    session.disconnect();
  }
}

/** Stops the process for as long as it takes: about a second for each 30 MB of objects. */
function pictureOfHeap(rssBytes: number): Uint8Array {
  const [needed, free] = [rssBytes * HEAP_TAKES, freemem()];
  if (free < needed)
    throw new Error(`it needs about ${megabytes(needed)} besides, and ${megabytes(free)} are free`);
  return new Uint8Array(Bun.generateHeapSnapshot("v8", "arraybuffer"));
}

function writeNew(path: string, content: Uint8Array): number {
  const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    for (let at = 0; at < content.length; ) at += writeSync(fd, content, at);
  } catch (thrown) {
    // Half of one is none.
    rmSync(path, { force: true });
    throw thrown;
  } finally {
    closeSync(fd);
  }
  return content.length;
}

const megabytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MB`;
