// A child says that it was told to leave: by gw itself, or by a signal of somebody else, who may be about to stop gw as well.
import type { Clock } from "../../core/clock.ts";
import type { ToChild } from "../../link/messages.ts";
import type { Run } from "./run.ts";
import type { SlotState } from "./slot-machine.ts";
import type { News } from "./slot-setup.ts";

/** Whoever stops gw by a signal to each of its processes has reached gw itself within this time. */
const ECHO_MS = 250;
/** A child that hears leaves by itself before the time is over at which it is killed. */
const HEARD_SHARE = 0.9;

type Wisher = {
  readonly state: SlotState;
  readonly run: Run | undefined;
  readonly setup: { shutdownTimeoutMs: number };
  send(message: ToChild): void;
};

type Ways = {
  clock: Clock;
  drain(withinMs: number): void;
  /** One that serves, or finishes what it has, may have to wait for its successor; that is for others to say. */
  grant(): void;
};

export function hearWish(
  wisher: Wisher,
  { reason }: Extract<News, { type: "leaving" }>,
  { clock, drain, grant }: Ways,
): void {
  const { run } = wisher;
  const drainSoon = () => drain(wisher.setup.shutdownTimeoutMs * HEARD_SHARE);
  const answer = () => {
    if (wisher.state === "ready" || wisher.state === "draining") grant();
    else if (wisher.state !== "parting") drainSoon();
  };
  // It was gw's own signal.
  if (wisher.state === "stopping") return drainSoon();
  wisher.send({ type: "stay" });
  if (reason !== "shutdown_signal") return answer();
  clock.after(ECHO_MS, () => run === wisher.run && answer());
}
