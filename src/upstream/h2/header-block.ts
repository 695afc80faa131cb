// Reads a header block of HTTP/2 that a worker wrote. gw has demanded a dynamic table of size 0, so that each block stands for
// itself: what refers to an entry, or would grow the table, breaks the rule. Pure.

import { BlockProblem, FieldDecoder } from "../../http/h2/field-decoder.ts";
import { AnswerProblem, malformed } from "../response-head.ts";

/** Flat [name, value …] in the order of the block, pseudo-fields included. Throws AnswerProblem. */
export function readHeaderBlock(block: Uint8Array, headerLineBytes: number): string[] {
  const decoder = new FieldDecoder(0, { lineMost: headerLineBytes, listMost: Number.POSITIVE_INFINITY });
  try {
    const fields = decoder.read(block, 0, block.length);
    if (decoder.overflow) throw new AnswerProblem("header too large", decoder.overflow);
    return fields;
  } catch (problem) {
    if (problem instanceof BlockProblem) throw malformed(problem.message);
    throw problem;
  }
}
