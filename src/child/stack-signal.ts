// Makes the process answer a signal with its stack, also when its event loop stands still: see ffi/stack/stack-copy.

import { writeSync } from "node:fs";
import { constants } from "node:os";
import { tellStackFromCopy } from "../../ffi/stack/stack-copy.ts";
import type { Log } from "../core/log.ts";
import { STACK_SIGNAL } from "../link/messages.ts";
import type { OperatingSystem } from "../os/operating-system.ts";

const STDERR = 2;

/** The mark by which its lines are known; undefined where the platform lacks what that takes. */
export function answerStackSignal(os: Pick<OperatingSystem, "compiledCode">, log: Log): string | undefined {
  const mark = crypto.getRandomValues(new Uint8Array(16)).toHex();
  const compiled = os.compiledCode();
  const installed = compiled.ok
    ? tellStackFromCopy({
        signal: constants.signals[STACK_SIGNAL],
        keep: STDERR,
        compiled: compiled.value,
        tell: (frames) => writeSync(STDERR, [...frames, ""].map((frame) => `${mark}${frame}\n`).join("")),
      })
    : compiled;
  if (installed.ok) return mark;
  log.debug("This worker cannot show its stack", { why: installed.reason });
  return undefined;
}
