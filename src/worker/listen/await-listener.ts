// Waits for an app that has been loaded: for its first listener, as when it reaches its database before; and for one that is
// likelier to be the app than those that there are, or is on the port that --app-port names.

import { type Clock, pause } from "../../core/clock.ts";
import { GwError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { known } from "../../os/operating-system.ts";
import { os } from "../../os/os.ts";
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

export type NamedPortOptions = {
  /** The port that the app is to be on, whatever PORT says. */
  appPort: number | undefined;
  log: Log;
  /** The start waits for what is told here, and no more when nothing is. */
  onAwaits(error: GwError | undefined): void;
};

/** `ports`: those that the process listens on. */
export function namedPortMissing(
  port: number,
  ports: readonly number[] = known(os.ownPorts()) ?? [],
): GwError {
  const [first, ...more] = ports.toSorted((a, b) => a - b);
  const instead =
    first === undefined ? "" : `; it listens on port ${[first, ...more].join(" and port ")} instead`;
  return new GwError("app_port_missing", { port, instead });
}

/** `seconds`: how long it has been waited for. */
export function awaitNamedPort({ appPort, log, onAwaits }: NamedPortOptions, seconds: number): void {
  if (appPort === undefined) return;
  onAwaits(namedPortMissing(appPort));
  if (seconds === 1) log.warn("The app does not listen on the port of --app-port yet", { port: appPort });
}

export function foundNamedPort({ appPort, onAwaits }: NamedPortOptions): void {
  if (appPort !== undefined) onAwaits(undefined);
}

/** Nothing more can come. */
export function missNamedPort({ appPort }: NamedPortOptions): void {
  if (appPort !== undefined) throw namedPortMissing(appPort);
}
