// What is known of one version of a file, and how it is told from another one. Pure.

import type { BigIntStats } from "node:fs";
import type { Coding } from "../../../http/content/content-codings.ts";
import type { Validators } from "./conditionals.ts";

export type Version = {
  size: number;
  /** The same for the same bytes of the same file, and never again for others: all that the system knows of it. */
  identity: string;
  /** What changes when somebody writes into it; not when it is renamed, or another one takes its name. */
  written: string;
  /** Nanoseconds since 1970. */
  modifiedNs: bigint;
  /** When it was read from the system, in milliseconds since 1970. */
  seenAt: number;
};

export function versionOf(stat: BigIntStats, seenAt: number): Version {
  const { dev, ino, size, mtimeNs, ctimeNs } = stat;
  return {
    size: Number(size),
    identity: [dev, ino, size, mtimeNs, ctimeNs].join("-"),
    written: `${size}-${mtimeNs}`,
    modifiedNs: mtimeNs,
    seenAt,
  };
}

const NS_OF_MS = 1_000_000n;
const NS_OF_SECOND = 1_000_000_000n;
/** Times of files come from the kernel's tick, which is 10 ms at the longest; where there are only whole seconds, from FAT's two. */
const TICK_MS = 100;
const COARSE_TICK_MS = 2_000;

/**
 * The tag is strong once the file could not be written again within the same time stamp. It holds nothing that another
 * machine with the same files would say otherwise.
 */
export function validatorsOf({ size, modifiedNs, seenAt }: Version, coding?: Coding): Validators {
  const modifiedMs = Number(modifiedNs / NS_OF_MS);
  const tickMs = modifiedNs % NS_OF_SECOND === 0n ? COARSE_TICK_MS : TICK_MS;
  const isSettled = seenAt - modifiedMs > tickMs;
  const tag = `"${size.toString(36)}-${modifiedNs.toString(36)}${coding ? `-${coding}` : ""}"`;
  // A time that is yet to come would tell clients that nothing will change until then (RFC 9110 section 8.8.2.1).
  const modifiedAt = Math.floor(Math.min(modifiedMs, seenAt) / 1000) * 1000;
  return { etag: isSettled ? tag : `W/${tag}`, modifiedAt };
}
