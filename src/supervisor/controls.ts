// What the supervisor does when the control socket asks. The server in control/server.ts knows nothing of how.
import type { Controls, Reloaded, Replaced } from "../control/server.ts";
import type { Status } from "../control/status.ts";
import type { Tail } from "../control/tail.ts";
import { pause } from "../core/clock.ts";
import { GwError } from "../core/errors.ts";
import type { Place } from "./place.ts";
import type { Pool } from "./pool.ts";
import type { Run } from "./run.ts";
import type { StopRequest } from "./stop-request.ts";
import { type Phase, type Surveyed, survey } from "./survey.ts";

export type ControlsSetup = Omit<Surveyed, "phase"> & {
  isServing: () => boolean;
  pool: Pool;
  stop: StopRequest;
  tail: Tail;
};

/** How often a restart that is under way is looked at; whoever waits for it is a person. */
const LOOK_MS = 50;

const RESTART_WHY = "gw restart was typed";

/** One place whose worker is to be another one. */
type Wanted = { place: Place; oldPid: number | null; oldRun: Run | undefined };

export class ServerControls implements Controls {
  readonly tail: Tail;
  private isStopping = false;

  constructor(private readonly setup: ControlsSetup) {
    this.tail = setup.tail;
    void setup.stop.asked.then(() => {
      this.isStopping = true;
    });
  }

  status(): Status {
    return survey({ ...this.setup, phase: this.phase });
  }

  /** Asking a second time is no sign of haste, as a second Ctrl-C is. */
  stop(how: "gracefully" | "at once"): void {
    const { stop } = this.setup;
    if (!this.isStopping) stop.ask("gw stop");
    this.isStopping = true;
    if (how === "at once") stop.ask("gw stop --now");
  }

  async restart(
    worker: number | undefined,
    onReplaced: (replaced: Replaced) => void,
  ): Promise<{ restarted: number }> {
    this.refuseUnlessServing();
    const places = this.choose(worker);
    let wanted = places.map(wantAnother);
    const { pool } = this.setup;
    if (worker === undefined) pool.restartAll("graceful_signal", RESTART_WHY);
    else pool.restart(places, "graceful_signal", RESTART_WHY);
    for (const { current } of places) if (current.state === "resting") current.start();
    while (wanted.length > 0) {
      await pause(this.setup.clock, LOOK_MS);
      const { yes = [], no = [] } = Object.groupBy(wanted, (one) => (isReplaced(one) ? "yes" : "no"));
      for (const { place, oldPid } of yes)
        onReplaced({ worker: place.number, oldPid, pid: place.current.pid ?? 0 });
      wanted = no;
      if (wanted.length > 0) this.refuseIfHopeless(wanted);
    }
    return { restarted: places.length };
  }

  restartFronts(): Promise<Reloaded> {
    return Promise.reject(new GwError("bug", { what: "not built" }));
  }

  reload(): Promise<Reloaded> {
    return this.restartFronts();
  }

  rollback(): Promise<Reloaded> {
    return this.restartFronts();
  }

  scale(): Promise<never> {
    return Promise.reject(new GwError("bug", { what: "not built" }));
  }

  drain(): Promise<never> {
    return this.scale();
  }

  pause(): Promise<never> {
    return this.scale();
  }

  resume(): Promise<never> {
    return this.scale();
  }

  private get phase(): Phase {
    if (this.isStopping) return "stopping";
    return this.setup.isServing() ? "serving" : "starting";
  }

  private choose(worker: number | undefined): readonly Place[] {
    const { places } = this.setup.workers;
    if (worker === undefined) return places;
    const place = places[worker - 1];
    if (place) return [place];
    const what = `There is no worker ${worker}; they are numbered from 1 to ${places.length}`;
    throw new GwError("usage", { what });
  }

  private refuseUnlessServing(): void {
    if (this.phase === "serving") return;
    throw new GwError("command_failed", { what: `gw is ${this.phase}, and replaces no workers now` });
  }

  private refuseIfHopeless(wanted: readonly Wanted[]): void {
    this.refuseUnlessServing();
    for (const place of this.setup.workers.places) {
      const { trouble, setup } = place;
      if (!trouble || !isInTheWay(place, wanted)) continue;
      const why = trouble.error?.message ?? "it ended soon after its start";
      const what = `${setup.name} could not be replaced: ${why}`;
      throw new GwError("command_failed", { what }, trouble.error?.detail);
    }
  }
}

/**
 * A successor that does not start holds up all others, since there is one at a time. Of those that ended by themselves
 * only the wanted ones count, and not for one crash alone.
 */
function isInTheWay(place: Place, wanted: readonly Wanted[]): boolean {
  const { trouble, current, successor } = place;
  if (trouble?.slot.state !== "resting") return false;
  if (trouble.slot === successor) return true;
  const isLasting = trouble.error !== undefined || trouble.rest.isCrashLoop;
  return trouble.slot === current && isLasting && wanted.some((one) => one.place === place);
}

/** One that does not serve yet, or rests, is another one as soon as it serves. */
function wantAnother(place: Place): Wanted {
  const { state, run, pid } = place.current;
  return { place, oldPid: pid ?? null, oldRun: state === "ready" ? run : undefined };
}

function isReplaced({ place, oldRun }: Wanted): boolean {
  const { current, departing } = place;
  const isOldGone = ![...departing].some(({ run }) => run !== undefined && run === oldRun);
  return current.state === "ready" && current.run !== oldRun && isOldGone;
}
