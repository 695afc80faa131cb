// An app's own error in words for its author: message, code frame and stack as the runtime shows them, less the frames
// that are gw's or the runtime's. Pure text; who prints it is decided elsewhere.

import { isRecord } from "../core/records.ts";

/** Frames under these are ours: the bundle of the compiled binary, or the tree of the sources that gw was started from. */
const OURS = ["/$bunfs/", `${import.meta.dir.replace(/\/sources$/, "")}/`];
const FRAME = /^\s+at /;
const RUNTIME_FRAME = /^\s+at (?:.*\()?(?:node:|bun:|internal:|native\b|unknown\b|\[native code\])/;
const FRAME_PLACE = /\(?([^\s()]+:\d+:\d+)\)?$/;

/** The lines of source that the runtime shows above the message, and the mark below them. */
const CODE_FRAME = /^(?:\s*\d+ \| .*\n)+(?:\s*\^\s*\n)?/;

/** Longest text that is handed on; the beginning tells what happened. */
const LIMIT_CHARS = 16_000;

export function renderAppError(thrown: unknown): string {
  const text =
    thrown instanceof Error ? inspectError(thrown) : `thrown: ${Bun.inspect(thrown, { colors: false })}`;
  const shown = isThrownByUs(thrown) ? text.replace(CODE_FRAME, "") : text;
  const lines = shown.split("\n").filter((line) => !isForeignFrame(line));
  // The runtime's picture of an error may end before the frame that is the app's.
  const hidden = framesOf(thrown).filter((frame) => !text.includes(placeIn(frame) ?? frame));
  lines.splice(lines.findLastIndex((line) => line.trim() !== "") + 1, 0, ...hidden);
  // The first line of a code frame may be indented, so that the numbers of lines stand below each other.
  return lines
    .join("\n")
    .replace(/^(?:[ \t]*\n)+/, "")
    .trimEnd()
    .slice(0, LIMIT_CHARS);
}

/** One line of it, for a sentence: where it is known, `message (file:line:column)`. */
export function summarizeAppError(thrown: unknown): string {
  const first = thrown instanceof AggregateError ? (thrown.errors[0] ?? thrown) : thrown;
  const message = String(messageOf(first)).split("\n", 1)[0] ?? "";
  const place = placeOf(first);
  return place ? `${message} (${place})` : message;
}

/** Files that an error speaks of, in its position, its frames, its causes and the errors that it gathers. */
export function filesNamedIn(thrown: unknown): string[] {
  return chainOf(thrown).flatMap((error) => {
    const places = [positionOf(error), ...framesOf(error).map(placeIn)];
    const files = places.flatMap((place) => (place ? [place.replace(/:\d+:\d+$/, "")] : []));
    return isRecord(error) && typeof error.referrer === "string" ? [error.referrer, ...files] : files;
  });
}

/** Imports that an error says lead nowhere. */
export function importsNamedIn(thrown: unknown): { specifier: string; from: string }[] {
  return chainOf(thrown).flatMap((error) =>
    isRecord(error) && typeof error.specifier === "string" && typeof error.referrer === "string"
      ? [{ specifier: error.specifier, from: error.referrer }]
      : [],
  );
}

/** Longest chain of causes that is followed: an app can make it a circle. */
const MOST_ERRORS = 50;

/** The error, its causes, and the errors that they gather. */
function chainOf(thrown: unknown): unknown[] {
  const chain = [thrown];
  for (const error of chain) {
    if (!isRecord(error) || chain.length >= MOST_ERRORS) continue;
    if (error.cause !== undefined) chain.push(error.cause);
    if (Array.isArray(error.errors)) chain.push(...error.errors.slice(0, MOST_ERRORS));
  }
  return chain;
}

function inspectError(thrown: Error): string {
  try {
    return Bun.inspect(thrown, { colors: false });
  } catch {
    // An error whose own getters throw.
    return String(thrown.message);
  }
}

/** Whether a line is a frame of a stack, as the runtime prints it, that stands in gw. */
export function isOwnFrame(line: string): boolean {
  return FRAME.test(line) && OURS.some((path) => line.includes(path));
}

function isForeignFrame(line: string): boolean {
  return isOwnFrame(line) || (FRAME.test(line) && RUNTIME_FRAME.test(line));
}

/** The source that would be shown is ours, as when the app calls one of our functions in a wrong way. */
function isThrownByUs(thrown: unknown): boolean {
  const stack = thrown instanceof Error ? String(thrown.stack ?? "") : "";
  const first = stack.split("\n").find((line) => FRAME.test(line) && placeIn(line) !== undefined);
  return first !== undefined && isForeignFrame(first);
}

function messageOf(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown;
  return thrown.message || thrown.name;
}

function placeOf(thrown: unknown): string | undefined {
  const frames = framesOf(thrown).map(placeIn);
  return positionOf(thrown) ?? frames.find((place) => place !== undefined);
}

function positionOf(thrown: unknown): string | undefined {
  const position = isRecord(thrown) && isRecord(thrown.position) ? thrown.position : undefined;
  return position?.file ? `${position.file}:${position.line}:${position.column}` : undefined;
}

/** The app's own frames. */
function framesOf(thrown: unknown): string[] {
  const stack = thrown instanceof Error ? String(thrown.stack ?? "") : "";
  return stack.split("\n").filter((line) => FRAME.test(line) && !isForeignFrame(line));
}

const placeIn = (frame: string): string | undefined => FRAME_PLACE.exec(frame)?.[1];
