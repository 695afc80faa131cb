// The error that nobody in an app has caught, as its worker tells the front of it in a reserved field of the answer: for the trace of
// the request, and for nothing else. No client sees it. Value: TYPE MESSAGE, each percent-encoded. Pure.

import { RESERVED_PREFIX } from "../reserved.ts";

export const EXCEPTION_HEADER = `${RESERVED_PREFIX}exception`;

/** The class of what was thrown, and its first line. */
export type AppException = { type: string; message: string };

const TYPE_CHARACTERS = 64;
const MESSAGE_CHARACTERS = 256;
/** Every character may take nine: three bytes of UTF-8, three letters each. */
const LONGEST = 9 * (TYPE_CHARACTERS + MESSAGE_CHARACTERS) + 1;

export function encodeException(thrown: unknown): string {
  const isError = thrown instanceof Error;
  const type = isError ? thrown.name : typeof thrown;
  const message = isError ? thrown.message : String(thrown);
  return [encode(type, TYPE_CHARACTERS), encode(message.split("\n", 1)[0] ?? "", MESSAGE_CHARACTERS)].join(
    " ",
  );
}

/** Undefined when the value was not written by `encodeException`: a worker's word is not trusted. */
export function decodeException(value: string): AppException | undefined {
  const [type, message, ...more] = value.length > LONGEST ? [] : value.split(" ");
  if (type === undefined || message === undefined || more.length > 0) return undefined;
  try {
    return { type: decodeURIComponent(type), message: decodeURIComponent(message) };
  } catch {
    return undefined;
  }
}

/** Half of a pair of surrogates, which a cut may leave, is no text. */
const encode = (text: string, most: number) => encodeURIComponent(String(text).slice(0, most).toWellFormed());
