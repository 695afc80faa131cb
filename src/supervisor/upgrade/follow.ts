// The new one's side of an upgrade: what it takes from the gw that it follows, and in which order that one's part becomes its own.

import { GwError, reasonOf } from "../../core/errors.ts";
import type { Lifetime } from "../../core/lifetime.ts";
import type { Log } from "../../core/log.ts";
import type { Sums } from "../../metrics/sums.ts";
import { printPlace } from "../../options/declare/kinds/listen-kind.ts";
import type { Resolved } from "../../options/resolve/resolve.ts";
import { known } from "../../os/operating-system.ts";
import { os } from "../../os/os.ts";
import type { Ledger } from "../crew/ledger.ts";
import type { OpenPlaces, PlacesBefore } from "../fronts/open-places.ts";
import { longestEndOf } from "../generations/closing.ts";
import type { Tenure } from "../generations/generation.ts";
import type { Site, SiteBefore } from "../generations/site.ts";
import { countForSuccessor } from "../groups/scaling.ts";
import type { RunDir } from "../root/run-dir.ts";
import type { Estate, Inheritance } from "./messages.ts";
import type { Predecessor } from "./predecessor.ts";

/** A gw that this one follows, and what that has handed over. */
export type Followed = { gw: Predecessor; inheritance: Inheritance };

/** Throws where this configuration is that of another server: what is open could not be taken over. */
export function checkSame(
  { settings, places }: Pick<Resolved, "settings" | "places">,
  before: Inheritance,
): void {
  const refuse = (what: string) => new GwError("configuration", { what });
  if (settings.embeddedMode) throw refuse("embeddedMode cannot be switched on by an upgrade");
  if (settings.serverRoot !== before.serverRoot)
    throw refuse(
      `serverRoot is ${settings.serverRoot} now, and was ${before.serverRoot}; it needs a new start`,
    );
  const asked = places.map(printPlace);
  if (asked.join() !== before.asked.join())
    throw refuse(
      `gw is to listen at ${asked.join(", ")} now, and was to at ${before.asked.join(", ")}; that needs a new start`,
    );
}

export function placesBefore({ gw, inheritance: { places, main, https, guarded } }: Followed): PlacesBefore {
  return {
    places: { main, all: places, ...(https !== undefined && { https }) },
    guarded: guarded.map(({ port, addresses }) => ({
      port,
      addresses: addresses.map((one) => Uint8Array.fromHex(one)),
    })),
    gw,
  };
}

export function siteBefore({ gw, inheritance }: Followed, { groups }: Pick<Resolved, "groups">): SiteBefore {
  const { generation, salt, rates } = inheritance;
  const counts = groups.map(({ name, settings }) => {
    const present = inheritance.groups.find((group) => group.name === name);
    return [name, countForSuccessor(present, settings.processes)] as const;
  });
  const common = { salt, led: gw.led, ...(rates !== undefined && { rates }) };
  return { ...common, generation, counts: new Map(counts) };
}

/** Front ends of that gw: they listen on the ports of this one as well, and are no strangers. */
export const processesOf = (pid: number): number[] => known(os.childrenOf(pid)) ?? [];

export type Following = {
  log: Log;
  config: Resolved;
  stop: { readonly asked: Promise<string> };
  life: Lifetime;
  site: Site;
  ledger: Ledger;
  sums: Sums;
  runDir: Pick<RunDir, "take">;
  guards: OpenPlaces["guards"];
  openControl(): void;
  /** Begins to tell others how gw is. */
  startTelling(): Promise<unknown>;
};

/** Starts everything beside that gw, and takes its place. */
export async function follow(followed: Followed, following: Following): Promise<void> {
  beLed(followed, following);
  await following.site.begin(following.config);
  await takePlace(followed, following);
  endTogether(followed, following);
}

/** From now on the other one can have these front ends lead new connections. */
function beLed({ gw }: Followed, { site, ledger, sums }: Following): void {
  gw.follow({
    steer: (listeners) => site.tenure.fronts.steer(listeners),
    prove: () => whyNotServing(site.tenure),
    arrange: (order) => site.common.steering.arrange(order),
    count({ samples, restarts }) {
      sums.note(gw, samples);
      ledger.inherit(restarts);
    },
  });
}

/** Asked of each front end itself. Workers that hang are found by their own limits. */
async function whyNotServing({ generation, fronts }: Tenure): Promise<string | undefined> {
  try {
    generation.checkWhole();
  } catch (error) {
    return reasonOf(error);
  }
  if (!fronts.areReady) return "a front end is not ready";
  const answers = await fronts.listRequests(0);
  return answers.length < fronts.crew.places.length ? "a front end does not answer" : undefined;
}

/** All of this gw is ready. Resolves when it has the server root, and lives on whatever becomes of the other one. */
async function takePlace({ gw, inheritance }: Followed, following: Following): Promise<void> {
  const { log, site, guards, runDir, openControl, startTelling } = following;
  const estate = await gw.ready(site.generation.workerPlaces.length);
  runDir.take();
  openControl();
  inherit(gw, estate, following);
  gw.taken();
  const { pid, version } = inheritance;
  log.info("this gw takes over", { from: pid, version });
  void gw.whenMain.then(() => {
    guards.settle(gw);
    site.tenure.fronts.accept();
    site.pauses.addListener(() => gw.pause(site.pauses.left));
  });
  void gw.whenReleased.then(() =>
    startTelling().catch((error) => log.error("nobody is told how gw is", { why: reasonOf(error) })),
  );
  void gw.whenGone.then(() => {
    following.sums.end(gw);
    log.info("the gw before has left", { pid });
  });
}

/** Who stops this gw means all of it: also what that one still has. */
function endTogether({ gw }: Followed, { stop, life, config }: Following): void {
  void stop.asked.then(() => gw.stop());
  life.add("the gw before", longestEndOf(config), () => (gw.isGone ? undefined : gw.whenGone));
}

function inherit(
  gw: Predecessor,
  { samples, restarts, records, pauses }: Estate,
  { site, sums, ledger }: Following,
): void {
  sums.note(gw, samples);
  ledger.inherit(restarts);
  ledger.chronicle.inherit(records);
  for (const { group, forMs } of pauses) if (forMs > 0) site.pauses.begin([group], forMs);
}
