// The straight line of a running server: server root, port, fronts and workers, serving, and the same list backwards.
// Serves no HTTP and runs no code of the app.
import { ControlServer } from "../control/server.ts";
import type { Tail } from "../control/tail.ts";
import { GwError } from "../core/errors.ts";
import { Lifetime } from "../core/lifetime.ts";
import { VERSION } from "../core/version.ts";
import type { AppKind } from "../link/messages.ts";
import type { Account } from "../options/identity.ts";
import type { Settings } from "../options/table.ts";
import { ServerControls } from "./controls.ts";
import type { PrintLine } from "./crew.ts";
import { Fronts } from "./fronts.ts";
import { rulesOf } from "./judge.ts";
import { Ledger } from "./ledger.ts";
import { Pool } from "./pool.ts";
import { probePort, refuseShared, urlOf } from "./port.ts";
import { openRunDir } from "./run-dir.ts";
import type { SlotTools } from "./slot.ts";
import type { StopRequest } from "./stop-request.ts";
import type { Surveyed } from "./survey.ts";
import type { System } from "./system.ts";
import { Traffic } from "./traffic.ts";
import { Watch } from "./watch.ts";

export type Supervision = {
  settings: Settings;
  account?: Account | undefined;
  system: System;
  tools: SlotTools;
  print: PrintLine;
  stop: StopRequest;
  /** Called once, when everything is ready. */
  onServing: (serving: Serving) => void;
  /** The last lines that went to the operator. */
  tail: Tail;
};

export type Serving = {
  url: string;
  port: number;
  serverRoot: string;
  appKind: AppKind | undefined;
  /** Replaces all workers without losing a request. */
  restartWorkers: (why: string) => void;
};

/** The last steps of a stop (reaping what was killed) take a moment more than their deadlines. */
const MARGIN_MS = 5_000;

/** Serves until asked to stop; throws the GwError that kept it from serving. Leaves nothing behind either way. */
export async function supervise(given: Supervision): Promise<void> {
  const { tools, stop } = given;
  const { clock, log } = tools;
  const life = new Lifetime(clock, log);
  const crews = new Crews();
  void stop.hurried.then((signal) => {
    log.warn("stopping at once", { signal, reason: "shutdown_signal" });
    crews.kill();
  });
  try {
    const interrupted = stop.asked.then((signal) => {
      throw new GwError("interrupted", { signal });
    });
    given.onServing(await Promise.race([interrupted, open(given, life, crews)]));
    crews.areServing = true;
    log.info("stopping", { signal: await stop.asked, reason: "shutdown_signal" });
  } finally {
    if (!crews.areServing) crews.giveUp();
    await life.close();
  }
  log.info("stopped");
}

/** Whoever may have to be ended while the start is still under way. */
class Crews {
  areServing = false;
  pool: Pool | undefined;
  fronts: Fronts | undefined;

  /** Nothing has been promised to anybody yet, so that fronts need no goodbye; apps may have begun something. */
  giveUp(): void {
    this.fronts?.crew.kill();
    void this.pool?.crew.leave("stop");
  }

  kill(): void {
    this.fronts?.crew.kill();
    this.pool?.crew.kill();
  }
}

async function open(given: Supervision, life: Lifetime, crews: Crews): Promise<Serving> {
  const { settings, account, system, tools, print } = given;
  const { host, gracefulTimeout, shutdownTimeout, embeddedMode } = settings;
  const port = settings.port === 0 ? probePort(host, 0) : settings.port;
  const runDir = openRunDir(settings.serverRoot, system, tools.log, account);
  life.add("server root", MARGIN_MS, () => runDir.remove());
  probePort(host, port);

  const { frontEnds, concurrency } = settings;
  const traffic = new Traffic({ concurrency, fronts: embeddedMode ? 0 : frontEnds });
  const ledger = new Ledger(tools.clock, tools.log, settings);
  const crewTools = { ...tools, print, ledger };
  const pool = new Pool({ settings, account, port, runDir, traffic }, crewTools);
  const fronts = new Fronts({ settings, account, port, traffic }, crewTools);
  Object.assign(crews, { pool, fronts });
  openControl(given, life, { crews, traffic, ledger, pool, fronts, port, serverRoot: runDir.path });
  const longestMs = gracefulTimeout + shutdownTimeout + MARGIN_MS;
  // Workers behind fronts have nothing left to finish when the fronts are gone, and all of them hear it at once.
  life.add("workers", longestMs, () => pool.crew.leave(crews.areServing && embeddedMode ? "drain" : "stop"));
  life.add("fronts", longestMs, () => fronts.crew.leave("drain"));

  const watch = makeWatch(settings, tools, { traffic, pool, fronts });
  life.add("watch", MARGIN_MS, () => {
    watch.stop();
    pool.recycling.close();
  });

  await Promise.all([fronts.crew.start(), pool.crew.start()]);
  watch.start();
  refuseShared(host, port, [...fronts.crew.pids, ...pool.crew.pids]);
  return {
    url: urlOf(host, port),
    port,
    serverRoot: runDir.path,
    appKind: pool.appKind,
    restartWorkers: (why) => pool.restartAll("graceful_signal", why),
  };
}

type Parts = Pick<Surveyed, "traffic" | "ledger" | "port" | "serverRoot"> & {
  crews: Crews;
  pool: Pool;
  fronts: Fronts;
};

/** Answers from here on, and as long as anything else is there. */
function openControl(
  { settings, system, tools, stop, tail }: Supervision,
  life: Lifetime,
  parts: Parts,
): void {
  const { crews, traffic, ledger, pool, fronts, port, serverRoot } = parts;
  const { clock, log } = tools;
  const { pid } = system;
  const controls = new ServerControls({
    ...{ clock, pid, startedAtMs: clock.now(), host: settings.host, port, serverRoot, traffic, ledger },
    ...{ pool, stop, tail, workers: pool.crew, fronts: fronts.crew },
    isServing: () => crews.areServing,
  });
  const server = new ControlServer({ serverRoot, pid, version: VERSION, clock, log, controls });
  life.add("control socket", MARGIN_MS, () => server.close());
}

function makeWatch(
  settings: Settings,
  { clock }: SlotTools,
  { traffic, pool, fronts }: { traffic: Traffic; pool: Pool; fronts: Fronts },
): Watch {
  return new Watch({
    clock,
    rules: rulesOf(settings),
    traffic,
    workers: {
      places: pool.crew.places,
      onVerdict: pool.obey.bind(pool),
      hasSocket: pool.hasSocket.bind(pool),
    },
    fronts: { places: fronts.crew.places, onVerdict: fronts.obey.bind(fronts) },
  });
}
