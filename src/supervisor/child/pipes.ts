// The pipes through which a child's output comes: real ones, as under a shell, so that /dev/stdout can be opened by name
// and a write waits for its reader. Where the platform has no call for that, the runtime's own have to do.
import { closeSync, fchownSync } from "node:fs";
import { openPipe } from "../../../ffi/pipe.ts";

/** Who will open them by name: whom the child becomes. */
export type PipeOwner = { uid: number; gid: number };

export type OutputPipe = {
  /** What the child is to be started with. */
  childEnd: number | "pipe";
  /** The child has its end, or will never have it. Until then there is no end of the output. */
  release(): void;
  /** `ofRuntime`: where the runtime has made the pipe. */
  read(ofRuntime: unknown): AsyncIterable<Uint8Array>;
  /** Nobody will read. */
  discard(): void;
};

/** Throws when the system has no descriptors left, or does not give the pipe to its owner. */
export function openOutput(owner: PipeOwner | undefined): OutputPipe {
  const made = openPipe();
  if (!made)
    return {
      childEnd: "pipe",
      release() {},
      read: (ofRuntime) => ofRuntime as ReadableStream<Uint8Array>,
      discard() {},
    };
  if (!made.ok) throw new Error(`there is no pipe for its output: ${made.reason}`);
  const { readEnd, writeEnd } = made.value;
  if (owner) fchownSync(writeEnd, owner.uid, owner.gid);
  return {
    childEnd: writeEnd,
    release: () => closeSync(writeEnd),
    read: () => readToEnd(readEnd),
    discard: () => closeSync(readEnd),
  };
}

async function* readToEnd(fd: number): AsyncGenerator<Uint8Array> {
  try {
    yield* Bun.file(fd).stream();
  } finally {
    closeSync(fd);
  }
}
