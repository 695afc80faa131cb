// Reads a preface of the PROXY protocol out of the first bytes of a connection. Pure.

import { type Preface, wrong } from "./preface.ts";
import { readVersion1 } from "./version-1.ts";
import { readVersion2, SIGNATURE } from "./version-2.ts";

const LINE_BEGINS = Buffer.from("PROXY ");

/** `bytes`: all that the connection has brought so far, which may be more than the preface. */
export function readPreface(bytes: Uint8Array): Preface {
  if (beginsAlike(bytes, SIGNATURE)) return readVersion2(bytes);
  if (beginsAlike(bytes, LINE_BEGINS)) return readVersion1(bytes);
  return wrong("it does not begin with a preface of the PROXY protocol");
}

/** As far as both go. */
function beginsAlike(bytes: Uint8Array, sign: Uint8Array): boolean {
  const length = Math.min(bytes.length, sign.length);
  for (let at = 0; at < length; at++) if (bytes[at] !== sign[at]) return false;
  return true;
}
