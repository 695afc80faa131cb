// Prefaces of version 2, made part by part.

import { crc32c } from "../../../src/http/proxy-protocol/crc32c.ts";
import { SIGNATURE } from "../../../src/http/proxy-protocol/version-2.ts";

export type PrefaceParts = {
  version?: number;
  command?: number;
  family: number;
  ends: number[];
  facts?: Uint8Array;
};

export function prefaceOf({
  version = 2,
  command = 1,
  family,
  ends,
  facts = new Uint8Array(),
}: PrefaceParts): Buffer {
  const length = ends.length + facts.length;
  const head = [...SIGNATURE, (version << 4) | command, family, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.from(head), Uint8Array.from(ends), facts]);
}

export function factsOf(...facts: [type: number, value: string | Uint8Array][]): Buffer {
  return Buffer.concat(
    facts.map(([type, value]) => {
      const bytes = Buffer.from(value as string);
      return Buffer.concat([Uint8Array.of(type, bytes.length >> 8, bytes.length & 0xff), bytes]);
    }),
  );
}

/** The first fact is a checksum of zeros. */
export function withChecksum(preface: Buffer): Buffer {
  const at = 16 + 12 + 3;
  const done = Buffer.from(preface);
  done.writeUInt32BE(crc32c(preface), at);
  return done;
}
