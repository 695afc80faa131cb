// What a supervisor consists of, made and joined; nothing is started yet.

import { certificatesOf } from "../certificates/files.ts";
import { Sums } from "../metrics/sums.ts";
import type { Resolved } from "../options/resolve/resolve.ts";
import { os } from "../os/os.ts";
import { AutoReload } from "./changes/auto-reload.ts";
import { lookAtFile, lookAtPlace } from "./changes/changes.ts";
import { Renewal } from "./changes/renewal.ts";
import { type ControlsSetup, ServerControls } from "./commands/controls.ts";
import { troublesOf } from "./commands/survey.ts";
import { Ledger } from "./crew/ledger.ts";
import { Evidence } from "./evidence/evidence.ts";
import type { OpenPlaces } from "./fronts/open-places.ts";
import { urlsOf } from "./fronts/places.ts";
import { Reloads } from "./generations/reloads.ts";
import { Site } from "./generations/site.ts";
import type { Chronicle } from "./records/chronicle.ts";
import type { RunDir } from "./root/run-dir.ts";
import { WorkerSockets } from "./root/worker-sockets.ts";
import type { Serving, StartState, Supervision } from "./supervision.ts";
import { makeToken } from "./telling/deeds.ts";
import { SpanRelay } from "./telling/span-relay.ts";
import { siteBefore } from "./upgrade/follow.ts";

const LOOKS = { look: lookAtFile, lookAtPlace };

export type Parts = ReturnType<typeof makeParts>;

/** `run`: of which parts ask later how far the start is. */
export function makeParts(
  given: Supervision,
  run: StartState,
  { runDir, open }: { runDir: RunDir; open: Pick<OpenPlaces, "places" | "guards"> },
) {
  const { config, system, tools, followed } = given;
  const { places } = open;
  const settings = () => reloads.present.settings;
  const recent = () => given.tail.recent();
  const evidence = new Evidence({ ...tools, os, uid: system.uid, settings, recent });
  const ledger = new Ledger(tools.clock, tools.log, evidence);
  const { chronicle } = ledger;
  const sums = new Sums();
  const crewTools = { ...tools, ledger, sums, spans: new SpanRelay() };
  const auto: AutoReload = new AutoReload({ ...tools, ...LOOKS, site: () => site, reloads: () => reloads });
  const renewal: Renewal = new Renewal({ ...tools, ...LOOKS, reloads: () => reloads, chronicle });
  const sockets = new WorkerSockets(runDir, tools.log);
  const before = followed && { before: siteBefore(followed, config) };
  const setup = { places, publicPort: open.guards, sockets, env: system.env, modules: auto, ...before };
  const site: Site = new Site(setup, crewTools);
  const reloads: Reloads = makeReloads(given, run, site, { auto, renewal, evidence, chronicle });
  const statusToken = followed?.inheritance.statusToken ?? makeToken();
  const known = {
    evidence,
    site,
    reloads,
    renewal,
    ledger,
    sums,
    places,
    serverRoot: runDir.path,
    statusToken,
  };
  const controls: ServerControls = makeControls(given, run, known);
  return { ...known, controls, crewTools, sockets, watches: [auto, renewal] as const };
}

/** What those who tell others how things are know of the whole. */
export function describeSelf(
  { config, system: { env, pid }, tools }: Supervision,
  { site, places, serverRoot, reloads }: Parts,
) {
  const server = { pid, urls: urlsOf(places), serverRoot };
  const looks = { troubles: () => troublesOf(site, tools.clock), present: () => reloads.present };
  return { config, env, server, ...looks };
}

export function describeServing({ site, reloads, places, serverRoot }: Parts): Serving {
  const kinds = site.generation.pools.flatMap(({ group, appKind }) =>
    appKind ? [[group.name, appKind] as const] : [],
  );
  return {
    urls: urlsOf(places),
    port: places.main,
    serverRoot,
    appKinds: new Map(kinds),
    restartWorkers(why) {
      for (const pool of site.generation.pools) pool.restartAll("graceful_signal", why);
    },
    // The reason of a refusal stands in the log already.
    reload: (by) => void reloads.reload(by).catch(() => {}),
  };
}

type Watches = { auto: AutoReload; renewal: Renewal; evidence: Evidence; chronicle: Chronicle };

function makeReloads(
  given: Supervision,
  run: StartState,
  site: Site,
  { auto, renewal, evidence, chronicle }: Watches,
): Reloads {
  const { config, load, describe, tools } = given;
  const readCertificates = (one: Resolved) => certificatesOf(one, tools.clock.wall());
  const followers = [...given.followers, auto, renewal, evidence];
  const onBusy = (isBusy: boolean) => run.onBusy(isBusy);
  const all = { load, describe, readCertificates, followers, onBusy, chronicle };
  const reloads = new Reloads({ ...tools, site, config, ...all });
  // From the first word of it on, also while health checks are told of it: what is being started must not take over any more.
  void given.stop.asked.then(() => reloads.close());
  return reloads;
}

function makeControls(
  { system, tools, stop, tail, lookAtLogs, setLogLevel }: Supervision,
  run: StartState,
  parts: Pick<
    ControlsSetup,
    "evidence" | "site" | "reloads" | "renewal" | "ledger" | "sums" | "places" | "serverRoot" | "statusToken"
  >,
): ServerControls {
  const { clock } = tools;
  return new ServerControls({
    ...{ ...parts, clock, pid: system.pid, startedAtMs: clock.now(), startedWallMs: clock.wall() },
    ...{ stop, tail, lookAtLogs, setLogLevel },
    isServing: () => run.isServing,
    upgrade: () => run.upgrade,
  });
}
