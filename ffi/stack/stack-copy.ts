// Where a process stands that hears nobody: a signal makes it fork, and only the copy enters JavaScript, tells its stack and ends.
// The process itself goes on as if nothing had been: it runs a few instructions for the kernel, and none of the runtime's.
//
// A handler in JavaScript would run only when the event loop turns, and one that entered JavaScript in the middle of something
// would break what it interrupts. So the handler is machine code: ffi/stack/stack-handler. Elsewhere the outcome says that there is none.

import { JSCallback, type Pointer, read, toArrayBuffer, toBuffer } from "bun:ffi";
import { arch, platform } from "node:os";
import { type LinuxCalls, libc } from "../libc.ts";
import type { CodeRange } from "../memory.ts";
import type { Outcome, Result } from "../process.ts";
import { handlerCode } from "./stack-handler.ts";

export type StackCopySetup = {
  signal: number;
  /** Runs in the copy alone, which has no descriptor but `keep`, and a moment to live. Frames as in Error.stack, innermost first. */
  tell(frames: readonly string[]): void;
  keep: number;
  /** Where the runtime has the JavaScript that it has compiled: it keeps that from copies, which could not walk their stack. */
  compiled: readonly CodeRange[];
};

/** Of more, the outermost are missing. */
const MOST_FRAMES = 64;
/** A copy that takes longer hangs in what the process hung in, and nobody waits for it any more. */
const COPY_SECONDS = 3;

const PAGE_BYTES = 4096;
/** From here on the page stays zero, */
const ZEROS_AT = 2048;
/** up to here: what it is called while it is there, at most 15 bytes. */
const NAME_AT = 3072;
const COPY_NAME = "gw-stack-copy";
const PROT_READ = 1;
const PROT_WRITE = 2;
const PROT_EXEC = 4;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const MADV_DOFORK = 11;

/** Kept for good: the handler jumps to it. */
let entry: JSCallback | undefined;

/** From now on `signal` makes a copy of this process that calls `tell`. To be called once. */
export function tellStackFromCopy(setup: StackCopySetup): Outcome {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  if (!library.linux || arch() !== "x64")
    return { ok: false, reason: `gw has no such signal handler for ${platform()} on ${arch()}` };
  const calls = { linux: library.linux, lastError: library.lastError };
  entry = new JSCallback((context: bigint) => setup.tell(framesFrom(context, setup.compiled)), {
    args: ["u64"],
    returns: "void",
  });
  const page = layOut(calls, { tell: BigInt(entry.ptr ?? 0), keep: setup.keep });
  return page.ok ? install(calls, setup, page.value) : page;
}

/** Memory that holds the handler, and can be run and no longer written. */
function layOut(
  { linux, lastError }: LinuxCalls,
  { tell, keep }: { tell: bigint; keep: number },
): Result<bigint> {
  if (tell === 0n) return { ok: false, reason: "the runtime has made no callback" };
  const mapped = linux.mmap(0n, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
  if (isError(mapped)) return { ok: false, reason: lastError() };
  const page = BigInt(mapped);
  const [zeros, name] = [page + BigInt(ZEROS_AT), page + BigInt(NAME_AT)];
  const memory = toBuffer(Number(page) as Pointer, 0, PAGE_BYTES);
  memory.set(handlerCode({ tell, zeros, name, keep, seconds: COPY_SECONDS }));
  memory.write(COPY_NAME, NAME_AT, "latin1");
  const sealed = linux.mprotect(page, PAGE_BYTES, PROT_READ | PROT_EXEC) === 0;
  return sealed ? { ok: true, value: page } : { ok: false, reason: lastError() };
}

function install(
  { linux, lastError }: LinuxCalls,
  { compiled, signal }: StackCopySetup,
  page: bigint,
): Outcome {
  for (const { start, length } of compiled)
    if (linux.madvise(start, length, MADV_DOFORK) !== 0) return { ok: false, reason: lastError() };
  // The library asks the kernel to go on with whatever call the signal interrupts.
  return isError(linux.signal(signal, page)) ? { ok: false, reason: lastError() } : { ok: true };
}

/** MAP_FAILED and SIG_ERR are all ones. */
const isError = (answer: bigint | number) => BigInt.asIntN(64, BigInt(answer)) === -1n;

/** In ucontext_t of x64 Linux. */
const RBP_AT = 120;
const RIP_AT = 168;
/** In a frame of JavaScriptCore: the upper half of the count of arguments says where in the function it is. */
const CALL_SITE_AT = 36;

const StackError = Error;

/** In the copy, which may break in the attempt: then nobody hears of it. */
function framesFrom(context: bigint, compiled: readonly CodeRange[]): string[] {
  StackError.stackTraceLimit = MOST_FRAMES;
  Object.assign(StackError, { prepareStackTrace: undefined });
  let frames = framesHere();
  if (frames.length > 0) return frames;
  const at = Number(context) as Pointer;
  const instruction = read.u64(at, RIP_AT);
  const isCompiled = compiled.some(
    ({ start, length }) => instruction >= start && instruction < start + length,
  );
  if (!isCompiled) return frames;
  // A loop that calls nothing never says where it is, and the runtime shows nothing of such a stack. Any place of the function
  // will do: its first one.
  const frame = Number(read.u64(at, RBP_AT)) as Pointer;
  new DataView(toArrayBuffer(frame, CALL_SITE_AT, 4)).setUint32(0, 0, true);
  // Not returned at once: a call in that place would take the frame of this function, which framesHere counts.
  frames = framesHere();
  return frames;
}

/** Without this function, the one that calls it, and the entry. */
function framesHere(): string[] {
  return (new StackError().stack ?? "")
    .split("\n")
    .slice(4)
    .map((line) => line.trim().replace(/^at /, ""));
}
