// A closer look at the worker from within: where its processor time goes, or what is in its heap, as files that the tools of Chrome
// open, or in few words for the evidence of its end. The supervisor says where the file goes; a file or a link that is there already
// is not touched.

import { heapStats, memoryUsage as systemMemoryUsage } from "bun:jsc";
import { closeSync, constants, openSync, rmSync, writeSync } from "node:fs";
import { Session } from "node:inspector";
import { freemem } from "node:os";
import { memoryUsage } from "node:process";
import { type Clock, pause } from "../../core/clock.ts";
import { reasonOf } from "../../core/errors.ts";
import type { FromChild, ToChild } from "../../link/messages.ts";

export type ExamineOrder = Extract<ToChild, { type: "examine" }>;

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
/** Between two samples, in microseconds. */
const SAMPLE_US = 1_000;
/** What a picture of the heap takes beside it, as a multiple of all memory of the process: measured with 3,000,000 objects. */
const HEAP_TAKES = 6;
/** Half a second of the loop, about. */
const MOST_COUNTED_BYTES = 512 * 2 ** 20;
const MOST_ROWS = 32;

/** `rss`: memory of this process, in bytes. */
export type ExamineTools = { clock: Clock; rss: () => number };

type ExaminedTold = Extract<FromChild, { type: "examined" }>;

/** Never rejects: what went wrong is part of the answer. */
export async function examine(order: ExamineOrder, tools: ExamineTools): Promise<ExaminedTold> {
  const { id } = order;
  try {
    return { type: "examined", id, ...(await look(order, tools)) };
  } catch (thrown) {
    return { type: "examined", id, reason: reasonOf(thrown) };
  }
}

async function look(
  order: ExamineOrder,
  { clock, rss }: ExamineTools,
): Promise<Omit<ExaminedTold, "type" | "id">> {
  switch (order.what) {
    case "profile":
      return { bytes: writeNew(order.path, Buffer.from(JSON.stringify(await profile(order.forMs, clock)))) };
    case "heap":
      return { bytes: writeNew(order.path, pictureOfHeap(rss())) };
    case "figures":
      return { figures: readFigures() };
    case "samples":
      return countSamples(await profile(order.forMs, clock));
    case "objects":
      return countObjects();
  }
}

/** Memory by its uses, and what the collector has, in bytes. */
function readFigures(): Record<string, number> {
  const { rss: rssBytes, heapUsed: heapBytes, external: externalBytes, arrayBuffers } = memoryUsage();
  const { peak: peakRssBytes } = systemMemoryUsage();
  return { rssBytes, peakRssBytes, heapBytes, externalBytes, arrayBufferBytes: arrayBuffers };
}

/** Walks over the heap: about a millisecond for each megabyte of objects. */
function countObjects(): Pick<ExaminedTold, "total" | "counts"> {
  const heapBytes = memoryUsage().heapUsed;
  if (heapBytes > MOST_COUNTED_BYTES)
    throw new Error(`to count the objects in ${megabytes(heapBytes)} would take the loop too long`);
  const { objectCount: total, objectTypeCounts } = heapStats();
  return { total, counts: mostOf(Object.entries(objectTypeCounts)) };
}

type Profile = {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples?: number[];
};

/** By the function in which each sample was taken. */
function countSamples({ nodes, samples = [] }: Profile): Pick<ExaminedTold, "total" | "counts"> {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const counts = new Map<string, number>();
  for (const id of samples) {
    const name = names.get(id) ?? "?";
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return { total: samples.length, counts: mostOf([...counts]) };
}

function nameOf({ functionName, url, lineNumber }: Profile["nodes"][number]["callFrame"]): string {
  const name = functionName || "(anonymous)";
  return url === "" ? name : `${name} (${url.replace(/^file:\/\//, "")}:${lineNumber + 1})`;
}

const mostOf = (counts: [string, number][]) => counts.toSorted(([, a], [, b]) => b - a).slice(0, MOST_ROWS);

async function profile(forMs: number, clock: Clock): Promise<Profile> {
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
    return ((await post("Profiler.stop")) as { profile: Profile }).profile;
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
