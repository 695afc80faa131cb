// The child's end of the life channel. The supervisor's end is the `ipc` callback of Bun.spawn (supervisor/child/spawn).
// It takes the channel for itself: an app must neither see the supervisor's messages nor speak in its worker's name.

import type { FromChild, ToChild } from "../link/messages.ts";

export interface Channel {
  say(message: FromChild): void;
  /** Resolves when all of it is on its way: an end of the process would take what still waits along. */
  deliver(message: FromChild): Promise<void>;
  /** The one listener; messages that came before it was set are given to it at once, in order. */
  listen(onMessage: (message: ToChild) => void): void;
  /** Runs when the supervisor's end is gone. */
  onLost(act: () => void): void;
}

/** Takes over `process.send` and its events; afterwards the app sees a process without a parent channel. */
export function openChannel(): Channel {
  const send = process.send?.bind(process);
  if (!send) throw new Error("this role is started by gw itself, never by hand");
  const waiting: ToChild[] = [];
  let listener: ((message: ToChild) => void) | undefined;
  let lost: (() => void) | undefined;
  process.on("message", (message: ToChild) => (listener ? listener(message) : waiting.push(message)));
  process.on("disconnect", () => lost?.());
  return {
    say: (message) => void send(message),
    deliver: (message) =>
      new Promise((resolve) => {
        // The channel itself does not: see child/hide-channel.
        const keepsAlive = setInterval(() => {}, 1000);
        send(message, undefined, undefined, () => {
          clearInterval(keepsAlive);
          resolve();
        });
      }),
    listen(onMessage) {
      listener = onMessage;
      for (const message of waiting.splice(0)) onMessage(message);
    },
    onLost(act) {
      lost = act;
    },
  };
}
