// What a supervisor is given, what it tells when it serves, and what there is of it while it starts. Types only.

import type { Certified } from "../certificates/certificate-files.ts";
import type { Controls } from "../control/controls.ts";
import type { LogsSeen } from "../control/status.ts";
import type { Tail } from "../control/tail.ts";
import type { AppKind } from "../link/messages.ts";
import type { Resolved } from "../options/resolve/resolve.ts";
import type { SlotTools } from "./child/slot-setup.ts";
import type { StopRequest } from "./commands/stop-request.ts";
import type { ReloadsSetup } from "./generations/reloads.ts";
import type { Site } from "./generations/site.ts";
import type { Offspring } from "./offspring/offspring.ts";
import type { ServiceManager } from "./root/service-manager.ts";
import type { System } from "./root/system.ts";
import type { Followed } from "./upgrade/follow.ts";
import type { Upgrade } from "./upgrade/upgrade.ts";

export type Supervision = Pick<ReloadsSetup, "load" | "describe" | "followers"> & {
  config: Resolved & Certified;
  system: System;
  tools: SlotTools;
  stop: StopRequest;
  /** What apps start, and may leave behind. */
  offspring: Pick<Offspring, "whenGone" | "hurry" | "leaveToRuntime">;
  /** Called once, when everything is ready. */
  onServing: (serving: Serving) => void;
  /** The last lines that went to the operator. */
  tail: Tail;
  lookAtLogs: () => LogsSeen;
  /** How much of the log is shown. */
  setLogLevel: Controls["setLogLevel"];
  /** A gw that this one takes over from. */
  followed?: Followed | undefined;
};

export type Serving = {
  /** The main one first. */
  urls: string[];
  port: number;
  serverRoot: string;
  /** What was recognised as the app of each group. */
  appKinds: ReadonlyMap<string, AppKind>;
  /** Replaces all workers without losing a request. */
  restartWorkers: (why: string) => void;
  /** Loads everything anew; how it went is in the log. */
  reload: (by: string) => void;
};

/** What may have to be ended while the start is still under way. */
export type StartState = {
  manager: ServiceManager;
  site?: Site;
  upgrade?: Upgrade;
  isServing: boolean;
  /** A reload has begun, or all that were asked for are done. */
  onBusy: (isBusy: boolean) => void;
  /** Resolves when those who send requests have had time to notice. */
  lameDuck: () => Promise<void>;
};
