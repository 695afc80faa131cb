// What the control socket can have the supervisor do: it reads and answers, and this does. Types only.

import type { EvidenceTold } from "./evidence.ts";
import type { ActiveRequests } from "./records.ts";
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
  Waiting,
  WhyRequest,
} from "./results.ts";
import type { Status, TrialTold } from "./status.ts";
import type { Tail } from "./tail.ts";

export type OnReloadItem = (item: Waiting | TrialTold) => void;

/** What the supervisor can be asked to do. */
export interface Controls {
  status(): Status;
  /** All figures, in the text format of Prometheus. */
  metrics(): MetricsTold;
  /** Of a worker, or a request, of which nothing is known, there is nothing to tell. */
  explain(request: WhyRequest): Promise<Explained>;
  /** Of all ends, or of the one whose file has this name; rejects where none is kept. */
  evidence(name: string | undefined): Promise<EvidenceTold>;
  /** Rejects in embedded mode. */
  listRequests(request: ListRequest): Promise<ActiveRequests>;
  /** Throws where there is no status page. */
  statusToken(): StatusToken;
  /** Only asks for it; clients are told by `close`, when it has been done. */
  stop(how: "gracefully" | "at once"): void;
  /** Requests that the stop has ended because their time was over. */
  readonly cut: number;
  /**
   * Replaces the worker of this place, or all of them, one by one. Resolves when the last old one is gone; rejects with
   * a GwError when it cannot be done.
   */
  restart(worker: number | undefined, onReplaced: (replaced: Replaced) => void): Promise<Restarted>;
  /** Replaces the front ends, with a complete new generation of workers; the configuration is not read anew. */
  restartFronts(onItem: OnReloadItem): Promise<Reloaded>;
  /**
   * Resolves when the traffic has moved to the new generation, with `waits` when the old one is gone as well. Rejects
   * with `reload_refused`, whose detail is the app's own text, or `configuration_refused`, whose detail is its problems.
   */
  reload(request: ReloadRequest, onItem: OnReloadItem): Promise<Reloaded>;
  rollback(waits: boolean, onItem: OnReloadItem): Promise<Reloaded>;
  /** Resolves when another gw serves, with `wait` when nothing is left here. Rejects with `upgrade_refused`. */
  upgrade(request: UpgradeRequest): Promise<Upgraded>;
  /** Resolves when the new workers serve, or those that were too many are gone. Without a name, the only group. */
  scale(group: string | undefined, count: number): Promise<Scaled>;
  /** Resolves when the worker of this place is gone. */
  drain(worker: number): Promise<Drained>;
  stack(worker: number): Promise<Stack>;
  profile(worker: number, forMs: number): Promise<ExaminedFile>;
  /** The worker is replaced by it. */
  heap(worker: number): Promise<ExaminedFile>;
  /**
   * Resolves when no request of the group (without a name: of any) is on a worker any more; the others wait, and go on by
   * themselves after `forMs`, or later when somebody else has asked for that. Rejects, and goes on, when they are not done
   * in time.
   */
  pause(group: string | undefined, forMs: number): Promise<Paused>;
  resume(group: string | undefined): Promise<Resumed>;
  readonly tail: Tail;
  /** Of one source, or all; without a level, only tells. */
  setLogLevel(request: LevelRequest): LevelsTold;
}
