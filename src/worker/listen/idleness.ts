// When the process has nothing left to do. Now and then it only looks so, because gw has told the listeners that it
// holds back not to keep the process alive, to see whether anything else of the app is under way. That is gw's own
// affair: the app, which may close its servers then, must not hear of it.

/** What is used of `process`. */
export type ExitEvents = { on(event: "beforeExit", act: (code: number) => void): unknown };

/** `act` says whether the process has something to do again: then it was not at its end. */
export type WhenIdle = (act: () => boolean) => { cancel(): void };

export type Idleness = {
  /** Resolves when the process comes to its end for the first time. */
  idle: Promise<void>;
  /** Calls back each time it seems to. */
  whenIdle: WhenIdle;
};

/** `onEnd` is called each time the process is at its end, and ends if that brings nothing to do. */
export function noteIdleness(program: ExitEvents, onEnd: (code: number) => void): Idleness {
  const acts = new Set<() => boolean>();
  const { promise: idle, resolve } = Promise.withResolvers<void>();
  program.on("beforeExit", (code) => {
    const answers = [...acts].map((act) => act());
    if (answers.includes(true)) return;
    resolve();
    onEnd(code);
  });
  const whenIdle: WhenIdle = (act) => {
    acts.add(act);
    return { cancel: () => acts.delete(act) };
  };
  return { idle, whenIdle };
}
