// Waits for an app that has been loaded: for its first listener, as when it reaches its database before; and for one that is
// likelier to be the app than those that there are.

import { type Clock, pause } from "../../core/clock.ts";
import type { WhenIdle } from "./idleness.ts";

export type AwaitOptions = {
  isThere(): boolean;
  /** Resolves when the app listens the next time. */
  next(): Promise<void>;
  /** Resolves when the process has nothing left to do. */
  idle: Promise<void>;
  clock: Clock;
  /** Looked each second; may throw. `seconds`: how long it has been waited. */
  look(seconds: number): void;
};

const LOOK_EVERY_MS = 1000;

/** Resolves when it listens, or will never do. */
export async function awaitListener({ isThere, next, idle, clock, look }: AwaitOptions): Promise<void> {
  let isIdle = false;
  const ended = idle.then(() => {
    isIdle = true;
  });
  for (let seconds = 1; !isThere(); seconds++) {
    await Promise.race([next(), ended, pause(clock, LOOK_EVERY_MS)]);
    if (isIdle) return;
    if (!isThere()) look(seconds);
  }
}

export type LikelierOptions = {
  clock: Clock;
  whenIdle: WhenIdle;
  /** Only that port is waited for, and for as long as it takes. */
  appPort: number | undefined;
};

/** How long an app may take to open a likelier listener than those that there are. */
const PATIENCE_MS = 1000;

/**
 * `decide` is called once, in the turn in which it is known that there will be no other; it may throw. It says whether there
 * is a listener, which keeps the process alive.
 */
export function awaitLikelier(
  { clock, whenIdle, appPort }: LikelierOptions,
  decide: () => boolean,
): { ended: Promise<void>; end(): void } {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  const end = (): boolean => {
    idle.cancel();
    patience?.cancel();
    try {
      return decide();
    } catch (thrown) {
      reject(thrown);
      return true; // The start has failed, which is told now.
    } finally {
      resolve();
    }
  };
  const idle = whenIdle(end);
  const patience = appPort === undefined ? clock.after(PATIENCE_MS, () => void end()) : undefined;
  return { ended, end };
}
