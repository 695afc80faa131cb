// What the supervisor does when the control socket asks. The server in control/server.ts knows nothing of how.

import type { Controls } from "../../control/controls.ts";
import type { ActiveRequests } from "../../control/records.ts";
import type {
  Drained,
  ExaminedFile,
  Explained,
  LevelRequest,
  LevelsTold,
  ListRequest,
  MetricsTold,
  Paused,
  Reloaded,
  ReloadRequest,
  Replaced,
  Restarted,
  Resumed,
  Scaled,
  Stack,
  StatusToken,
  Upgraded,
  UpgradeRequest,
  WhyRequest,
} from "../../control/results.ts";
import type { Status } from "../../control/status.ts";
import type { Tail } from "../../control/tail.ts";
import { type Clock, instantOf, pause, within } from "../../core/clock.ts";
import { GwError } from "../../core/errors.ts";
import { countLeft } from "../generations/move-report.ts";
import { scaleTo } from "../groups/scale-to.ts";
import type { WorkerPool } from "../groups/worker-pool.ts";
import { tellMetrics, tellWhole, type Whole, type WholeTold } from "../telling/gather.ts";
import type { Upgrade } from "../upgrade/upgrade.ts";
import { type Changeable, refuseDuringTrial, refuseUnlessServing, whenChangeable } from "./changeable.ts";
import { chooseWorkers, groupsFor, poolFor } from "./choose.ts";
import { heapOfWorker, profileWorker } from "./examine-worker.ts";
import { holdRequests } from "./hold-requests.ts";
import { isInTheWay, isReplaced, type PlannedRestart, wantAnother } from "./planned-restart.ts";
import { readStack } from "./read-stack.ts";
import { type OnProgress, tellProgress, trialOf } from "./reload-progress.ts";
import { requireFronts } from "./require-fronts.ts";
import type { StopRequest } from "./stop-request.ts";
import { type Phase, type Surveyed, survey } from "./survey.ts";
import { explain, listRequests } from "./tell-requests.ts";

export type ControlsSetup = Omit<Surveyed, "phase"> & {
  isServing: () => boolean;
  stop: StopRequest;
  tail: Tail;
  setLogLevel: Controls["setLogLevel"];
  /** With which one may act on the status page. */
  statusToken: string;
  upgrade: () => Pick<Upgrade, "run" | "handingOver"> | undefined;
  evidence: { tell: Controls["evidence"] };
} & Pick<Whole, "sums" | "startedWallMs">;

/** How often a restart that is under way is looked at; whoever waits for it is a person. */
const LOOK_MS = 50;

/** For the front ends to tell what a move has left on the old workers, and what a worker has left unanswered. */
const NEWS_MS = 250;
const NOTHING: Reloaded["left"] = { requests: 0, streams: 0, tunnels: 0 };

const RESTART_WHY = "gw restart was typed";

export class ServerControls implements Controls {
  readonly #setup: ControlsSetup;
  readonly tail: Tail;
  readonly evidence: Controls["evidence"] = (name) => this.#setup.evidence.tell(name);
  #isStopping = false;

  constructor(setup: ControlsSetup) {
    this.#setup = setup;
    this.tail = setup.tail;
    void setup.stop.asked.then(() => {
      this.#isStopping = true;
    });
  }

  status(): Status {
    return survey({ ...this.#setup, phase: this.#phase });
  }

  /** All figures, from the front ends and from here. */
  tell(): WholeTold {
    return tellWhole({ ...this.#setup, status: this.status(), logs: this.#setup.lookAtLogs() });
  }

  setLogLevel(request: LevelRequest): LevelsTold {
    if (request.source === "front") requireFronts(this.#setup.site);
    return this.#setup.setLogLevel(request);
  }

  statusToken(): StatusToken {
    const { reloads, statusToken: token } = this.#setup;
    const { serverStatus, serverStatusPath: path } = reloads.present.settings;
    if (serverStatus) return { token, path };
    throw new GwError("command_failed", { what: "There is no status page: --server-status is not set" });
  }

  metrics(): MetricsTold {
    return tellMetrics(this.tell());
  }

  async listRequests(request: ListRequest): Promise<ActiveRequests> {
    const listed = await listRequests(this.#setup.site, request);
    // A name mistyped is no group in which nothing happens.
    if (request.group !== undefined && this.#setup.site.hasBegun) groupsFor(this.#pools, request.group);
    return listed;
  }

  explain(request: WhyRequest): Promise<Explained> {
    return explain({ ...this.#setup, chronicle: this.#setup.ledger.chronicle }, request);
  }

  get cut(): number {
    return this.#setup.site.cut;
  }

  /** Asking a second time is no sign of haste, as a second Ctrl-C is. */
  stop(how: "gracefully" | "at once"): void {
    const { stop } = this.#setup;
    if (!this.#isStopping) stop.ask("gw stop");
    this.#isStopping = true;
    if (how === "at once") stop.hurry("gw stop --now");
  }

  async restart(
    worker: number | undefined,
    onReplaced: (replaced: Replaced) => void,
    why = RESTART_WHY,
  ): Promise<Restarted> {
    await whenChangeable(this.#changeable);
    const chosen = chooseWorkers(this.#pools, worker);
    let wanted = chosen.map(({ place }) => wantAnother(place));
    for (const { pool, place } of chosen) {
      if (!place.isWanted || place.current.state === "resting") place.start();
      else pool.restart([place], "graceful_signal", why);
    }
    while (wanted.length > 0) {
      await pause(this.#setup.clock, LOOK_MS);
      // A reload in between has replaced whatever was there.
      wanted = wanted.filter(({ place }) => this.#setup.site.generation.places.includes(place));
      const { yes = [], no = [] } = Object.groupBy(wanted, (one) => (isReplaced(one) ? "yes" : "no"));
      for (const { place, oldPid } of yes)
        onReplaced({ worker: place.number, oldPid, pid: place.current.pid ?? 0 });
      wanted = no;
      if (wanted.length > 0) this.#refuseIfHopeless(wanted);
    }
    return { restarted: chosen.length };
  }

  async restartFronts(onWaiting: OnProgress): Promise<Reloaded> {
    requireFronts(this.#setup.site);
    refuseDuringTrial(this.#changeable);
    return this.#reloadBy(() => this.#setup.reloads.restartFronts("gw restart --front"), false, onWaiting);
  }

  reload(request: ReloadRequest, onItem: OnProgress, by = "gw reload"): Promise<Reloaded> {
    const trial = trialOf(request);
    return this.#reloadBy(() => this.#setup.reloads.reload(by, trial), request.wait ?? false, onItem);
  }

  rollback(waits: boolean, onWaiting: OnProgress): Promise<Reloaded> {
    return this.#reloadBy(() => this.#setup.reloads.rollback("gw rollback"), waits, onWaiting);
  }

  async upgrade({
    file,
    wait: waits = false,
    "leave-parent": mayLeaveParent = false,
  }: UpgradeRequest): Promise<Upgraded> {
    refuseUnlessServing(this.#changeable);
    refuseDuringTrial(this.#changeable);
    return (this.#setup.upgrade() ?? unreachable()).run({ file, waits, mayLeaveParent });
  }

  async scale(group: string | undefined, count: number): Promise<Scaled> {
    await whenChangeable(this.#changeable);
    const pool = poolFor(this.#pools, group);
    const { name } = pool.group;
    const scaled = await scaleTo(pool, count, () => this.#setup.site.generation.poolOf(name));
    refuseUnlessServing(this.#changeable);
    return { group: name, ...scaled };
  }

  async drain(worker: number, why = "gw drain was typed"): Promise<Drained> {
    await whenChangeable(this.#changeable);
    const [{ pool, place } = unreachable()] = chooseWorkers(this.#pools, worker);
    if (!place.isWanted)
      throw new GwError("command_failed", { what: `Worker ${worker} has been drained already` });
    const others = pool.livePlaces.filter((one) => one !== place && one.current.state === "ready");
    if (others.length === 0 && pool.group.kind !== "service") {
      const what = `Worker ${worker} is the only one that serves; without it requests would wait for nothing`;
      throw new GwError("command_failed", { what });
    }
    const { clock } = this.#setup;
    const { current: slot } = place;
    const pid = slot.pid ?? null;
    const tunnels = await pool.vacate(place, "drain", why);
    const { cut: requests } = await within(clock, NEWS_MS, pool.traffic.dismiss(slot), { cut: 0 });
    return { worker, pid, cut: { requests, tunnels } };
  }

  async stack(worker: number): Promise<Stack> {
    const [{ place } = unreachable()] = chooseWorkers(this.#pools, worker);
    return { worker, ...(await readStack(place.current, this.#setup.clock)) };
  }

  async profile(worker: number, forMs: number): Promise<ExaminedFile> {
    refuseUnlessServing(this.#changeable);
    const [chosen = unreachable()] = chooseWorkers(this.#pools, worker);
    return profileWorker(chosen, forMs, this.#setup.clock);
  }

  async heap(worker: number): Promise<ExaminedFile> {
    await whenChangeable(this.#changeable);
    const [chosen = unreachable()] = chooseWorkers(this.#pools, worker);
    return heapOfWorker(chosen, this.#setup.clock);
  }

  async pause(group: string | undefined, forMs: number): Promise<Paused> {
    await this.#whenOurs();
    const { site, clock } = this.#setup;
    const groups = groupsFor(this.#pools, group);
    const ends = await holdRequests(site, groups, forMs, clock);
    return { groups, until: instantsOf(ends, clock) };
  }

  async resume(group: string | undefined): Promise<Resumed> {
    await this.#whenOurs();
    const { site, clock } = this.#setup;
    const groups = groupsFor(this.#pools, group);
    const ranOut = instantsOf(site.pauses.takeRunOut(groups), clock);
    return { groups: site.pauses.end(groups), ranOut };
  }

  get #phase(): Phase {
    if (this.#isStopping) return "stopping";
    return this.#setup.isServing() ? "serving" : "starting";
  }

  async #reloadBy(begin: () => Promise<Reloaded>, waits: boolean, onItem: OnProgress): Promise<Reloaded> {
    refuseUnlessServing(this.#changeable);
    const { site } = this.#setup;
    const reload = begin();
    await tellProgress(reload, site, this.#setup.clock, onItem);
    const reloaded = await reload;
    const old = site.generations.find(({ number }) => number === reloaded.previous);
    if (!old || old === site.generation) return { ...reloaded, left: NOTHING };
    // The front ends tell at once what the move has left behind.
    await old.traffic.newsWithin(NEWS_MS);
    if (waits) await site.whenGone(reloaded.previous);
    return { ...reloaded, left: waits ? NOTHING : countLeft(old) };
  }

  get #pools(): readonly WorkerPool[] {
    return this.#setup.site.generation.pools;
  }

  /** What is set by hand now would be nobody's where another gw has been told what was. */
  async #whenOurs(): Promise<void> {
    refuseUnlessServing(this.#changeable);
    await this.#setup.upgrade()?.handingOver;
    refuseUnlessServing(this.#changeable);
  }

  get #changeable(): Changeable {
    return { ...this.#setup, phase: () => this.#phase };
  }

  #refuseIfHopeless(wanted: readonly PlannedRestart[]): void {
    refuseUnlessServing(this.#changeable);
    for (const place of this.#setup.site.generation.places) {
      const { trouble, setup } = place;
      if (!trouble || !isInTheWay(place, wanted)) continue;
      const why = trouble.error?.message ?? "it ended soon after its start";
      const what = `${setup.name} could not be replaced: ${why}`;
      throw new GwError("command_failed", { what }, trouble.error?.detail);
    }
    const drained = wanted.find(({ place }) => !place.isWanted);
    if (drained)
      throw new GwError("command_failed", { what: `${drained.place.setup.name} was drained meanwhile` });
  }
}

function instantsOf(instants: ReadonlyMap<string, number>, clock: Clock): Record<string, string> {
  return Object.fromEntries([...instants].map(([name, atMs]) => [name, instantOf(atMs, clock)]));
}

function unreachable(): never {
  throw new GwError("bug", { what: "a worker was chosen and not found" });
}
