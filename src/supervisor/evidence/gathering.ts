// What is found out about a process that has to go, from the instant of that decision on: each thing by itself, beside all that is done to
// the process meanwhile. Nobody waits for any of it; what has not come when the process ends says why.

import type { EvidenceRecord, Missing } from "../../control/evidence.ts";
import type { Clock } from "../../core/clock.ts";
import type { Reason } from "../../core/reasons.ts";
import type { ToChild } from "../../link/messages.ts";
import type { OperatingSystem } from "../../os/operating-system.ts";
import type { Run } from "../child/run.ts";
import type { Slot } from "../child/slot.ts";
import type { Examined } from "../questions/examiner.ts";
import { STILL_MS } from "../traffic/farewell.ts";
import type { Traffic } from "../traffic/traffic.ts";

/** How long a profile takes. */
const PROFILE_MS = 500;
/** For each answer of a loop that has much to do; nobody waits for it. */
const ANSWER_MS = 5_000;
const MOST_REQUESTS = 200;
const NO_STACK = "it has not answered: it was stopped, or amid a collection of garbage";
const UNSEEN = "it cannot show its stack here";
const STUCK = "its event loop did not turn";

export type Condemned = {
  slot: Slot;
  run: Run;
  order: { reason: Reason; lastAct?: () => Promise<void> };
  /** See supervisor/crew/judge. */
  how: "replace" | "dismiss" | "kill";
  traffic: Pick<Traffic, "hasFronts" | "requestsOn">;
  /** Whoever decides asks where it stands as well, as he always does before a kill. */
  isAskedStack: boolean;
};

export type GatheringTools = { clock: Clock; os: Pick<OperatingSystem, "usageOf"> };

export type Gathered = Pick<
  EvidenceRecord,
  "requests" | "usage" | "figures" | "stack" | "profile" | "objects"
> & {
  decidedAtMs: number | undefined;
};

const missing = (why: string): Missing => ({ missing: why });

/** Of a process about which nobody could be asked, and why not. */
export function nothingGathered(why: string): Gathered {
  const none = missing(why);
  return {
    decidedAtMs: undefined,
    ...{ requests: none, usage: none, figures: none, stack: none, profile: none, objects: none },
  };
}

/** `found` is filled in as the answers come, and `done` when there will be no more. */
export function gather(
  condemned: Condemned,
  { clock, os }: GatheringTools,
): { found: Gathered; done: Promise<unknown> } {
  const { slot, run } = condemned;
  const found = nothingGathered("it ended before it had told");
  found.decidedAtMs = clock.now();
  const usage = os.usageOf(slot.pid ?? 0);
  found.usage = usage.ok ? (usage.value ?? missing("the process was gone")) : missing(usage.reason);
  const isAsked = condemned.isAskedStack || condemned.how === "kill";
  if (isAsked) found.stack = missing(run.stack ? NO_STACK : UNSEEN);
  const looks = [seeRequests(condemned, found), lookInside(condemned, found, clock)];
  return { found, done: Promise.all([...looks, ...(isAsked ? [] : [seeStack(run, found, clock)])]) };
}

async function seeRequests({ slot, traffic }: Condemned, found: Gathered): Promise<void> {
  if (!traffic.hasFronts) {
    found.requests = missing("in embedded mode nobody knows of single requests");
    return;
  }
  if (slot.setup.role !== "worker") {
    found.requests = missing("it answers questions of front ends, which are no requests");
    return;
  }
  const lists = await traffic.requestsOn(slot, MOST_REQUESTS);
  const told = lists.flatMap(({ requests }) => requests).toSorted((a, b) => b.ageMs - a.ageMs);
  found.requests = {
    total: lists.reduce((sum, { total }) => sum + total, 0),
    told: told.slice(0, MOST_REQUESTS),
  };
}

async function seeStack(run: Run, found: Gathered, clock: Clock): Promise<void> {
  if (!run.stack) found.stack = missing(UNSEEN);
  else found.stack = (await run.stack.ask(clock)) ?? missing(NO_STACK);
}

/** The quick answers first: the process may be about to end. */
async function lookInside({ slot, run, how }: Condemned, found: Gathered, clock: Clock): Promise<void> {
  const giveUp = (why: string) => {
    found.figures = found.profile = found.objects = missing(why);
  };
  if (slot.setup.role !== "worker") return giveUp("it runs no app");
  if (how === "kill") return giveUp(STUCK);
  const way = { send: (message: ToChild) => slot.send(message), isThere: () => slot.run === run };
  const ask = async (what: "figures" | "samples" | "objects", forMs = 0) =>
    readAnswer(await run.examiner.ask({ what, forMs }, way, clock, forMs + ANSWER_MS));
  const figures = await ask("figures");
  if ("missing" in figures) return giveUp(clock.now() - run.pulse.atMs > STILL_MS ? STUCK : figures.missing);
  found.figures = figures.figures ?? {};
  const samples = await ask("samples", PROFILE_MS);
  found.profile =
    "missing" in samples
      ? samples
      : {
          forMs: PROFILE_MS,
          samples: samples.total ?? 0,
          functions: Object.fromEntries(samples.counts ?? []),
        };
  const objects = await ask("objects");
  found.objects =
    "missing" in objects
      ? objects
      : { total: objects.total ?? 0, kinds: Object.fromEntries(objects.counts ?? []) };
}

function readAnswer(told: Examined | "busy" | undefined): Examined | Missing {
  if (told === "busy") return missing("somebody else was looking at it");
  if (!told) return missing("it ended, or has not answered in time");
  return told.reason === undefined ? told : missing(told.reason);
}
