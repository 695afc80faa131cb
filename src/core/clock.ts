// The only place that reads time. Deadlines are instants of the monotonic clock in milliseconds; wall time is for
// people to read and for nothing else, so that a jump of the system clock fires no timeout.

export type Timer = { cancel(): void };

export interface Clock {
  /** Milliseconds on the monotonic clock, with fractions. */
  now(): number;
  /** Milliseconds since 1970, for log lines and HTTP dates. */
  wall(): number;
  /** Runs `act` once after `ms`; at once in a later turn when `ms` is zero or less. */
  after(ms: number, act: () => void): Timer;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, act) {
    const handle = setTimeout(act, Math.min(Math.max(ms, 0), 2 ** 31 - 1));
    return { cancel: () => clearTimeout(handle) };
  },
};

/** The same clock, with timers that do not keep a process alive which has nothing else to do. */
export const idleClock: Clock = {
  ...systemClock,
  after(ms, act) {
    const handle = setTimeout(act, Math.min(Math.max(ms, 0), 2 ** 31 - 1));
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};

/**
 * The same clock, read once in each turn of the loop: for who asks for the instant many times in a turn that is short. What
 * it says is never later than the instant, and earlier by the present turn at the most; it does not go back. Timers read
 * anew: what they find due must not depend on what came before them in their turn. `afterTurn` runs what it is given when
 * the turn is over.
 */
export function turnClock(clock: Clock, afterTurn: (act: () => void) => void = setImmediate): Clock {
  let reading: number | undefined;
  const forget = () => {
    reading = undefined;
  };
  return {
    wall: () => clock.wall(),
    now() {
      if (reading === undefined) {
        reading = clock.now();
        afterTurn(forget);
      }
      return reading;
    },
    after(ms, act) {
      return clock.after(ms, () => {
        reading = undefined;
        act();
      });
    },
  };
}

/** Runs `act` again and again, `ms` after it was last done, until it is cancelled; also by `act` itself. */
export function every(clock: Clock, ms: number, act: () => void): Timer {
  let isOver = false;
  let timer = clock.after(ms, turn);
  function turn() {
    act();
    if (!isOver) timer = clock.after(ms, turn);
  }
  return {
    cancel() {
      isOver = true;
      timer.cancel();
    },
  };
}

/** Resolves after `ms`; rejects never, and earlier only when `signal` aborts. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = clock.after(ms, done);
    signal?.addEventListener("abort", done, { once: true });
    function done() {
      timer.cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    }
  });
}

/** An instant of the monotonic clock in wall time, as ISO 8601 has it. */
export function instantOf(atMs: number, clock: Clock): string {
  return new Date(clock.wall() - (clock.now() - atMs)).toISOString();
}

/** What `promise` resolves to, or `late` when that takes longer than `ms`; rejects as it does, when that comes first. */
export async function within<T, L>(clock: Clock, ms: number, promise: Promise<T>, late: L): Promise<T | L> {
  const enough = new AbortController();
  try {
    return await Promise.race([promise, pause(clock, ms, enough.signal).then(() => late)]);
  } finally {
    enough.abort();
  }
}
