// The process that answers on the port for metrics and renders the status page, and is told how things are when it asks. It is
// one of its own, so that the supervisor serves no HTTP and neither a scrape nor a page costs a request its time.

import { describe, reasonOf } from "../../core/errors.ts";
import type { Lifetime } from "../../core/lifetime.ts";
import { type MetricsSetup, STATUS_GROUP } from "../../link/messages.ts";
import { identityOf } from "../child/child-setup.ts";
import type { Run } from "../child/run.ts";
import type { News, Slot } from "../child/slot.ts";
import type { CrewTools } from "../crew/crew.ts";
import type { WorkerSocket, WorkerSockets } from "../root/worker-sockets.ts";
import type { Employed } from "../traffic/employed.ts";
import type { Endpoint } from "../traffic/traffic.ts";
import type { TellerAnswers } from "./answers.ts";
import type { Deeds } from "./deeds.ts";
import { LoneCrew, type LoneSetup } from "./lone-crew.ts";

export type TellerSetup = Pick<LoneSetup, "config" | "env"> & {
  answers: TellerAnswers;
  deeds: Pick<Deeds, "act">;
  /** Front ends lead clients of the page there. */
  employed: Pick<Employed, "employ" | "dismiss">;
  sockets: Pick<WorkerSockets, "make" | "remove" | "exists">;
};

/** It has nothing to finish but an answer. */
const DRAIN_MS = 1_000;
/** Requests of the page at once, from all front ends: each open page has one. */
const MOST_AT_ONCE = 128;

/** See LoneCrew. */
export function tellerCrew(given: TellerSetup, tools: CrewTools, life: Lifetime): LoneCrew {
  const { config, env, employed, sockets } = given;
  const { metricsHost: host, metricsPort: port, serverStatus } = config.settings;
  const socketsOf = new WeakMap<Run, WorkerSocket>();
  const setup: LoneSetup = {
    ...{ role: "metrics", config, env, isWanted: port !== undefined || serverStatus, drainMs: DRAIN_MS },
    configure(run) {
      if (!serverStatus) return { type: "configure", metrics: setupOf(given) };
      const socket = sockets.make(config.account);
      socketsOf.set(run, socket);
      return { type: "configure", metrics: setupOf(given, socket) };
    },
    hear: (slot, news) => hear(slot, news, given, tools),
    onReady(slot, ready) {
      const socket = slot.run && socketsOf.get(slot.run);
      if (socket) employed.employ(slot, endpointOf(slot, socket));
      if (port === undefined) return;
      const shown = host.includes(":") ? `[${host}]` : host;
      const url = `http://${shown}:${ready.port ?? port}/metrics`;
      tools.log.info("metrics are served", { url, pid: slot.pid });
    },
    onWithdrawn: (slot) => employed.dismiss(slot),
    hasSocket({ run }) {
      const socket = run && socketsOf.get(run);
      return !socket || sockets.exists(socket);
    },
    onGone(run) {
      const socket = socketsOf.get(run);
      if (socket) sockets.remove(socket);
      socketsOf.delete(run);
    },
  };
  return new LoneCrew(setup, tools, life);
}

/** In embedded mode there are no front ends, and the socket is nobody's; the port for metrics has the page. */
function setupOf({ config: { settings, account } }: TellerSetup, socket?: WorkerSocket): MetricsSetup {
  const { metricsHost: host, metricsPort: port, serverStatusPath: path } = settings;
  return {
    ...(port !== undefined && { port: { host, port } }),
    ...(socket && { page: { path, unix: socket.path, token: socket.token } }),
    identity: identityOf(account),
  };
}

function hear(slot: Slot, news: News, { answers, deeds }: TellerSetup, { log }: CrewTools): void {
  if (news.type === "act")
    void deeds.act(news).then((outcome) => slot.send({ type: "acted", id: news.id, outcome }));
  if (news.type !== "ask") return;
  const { id, about } = news;
  const answer: () => object | Promise<object> = answers[about];
  Promise.try(answer).then(
    (told) => slot.send({ type: "told", id, about, answer: told }),
    // Whoever has asked says that nobody answered.
    (thrown) => log.error(describe("bug", { what: `nothing was told: ${reasonOf(thrown)}` })),
  );
}

function endpointOf(slot: Slot, { path, token }: WorkerSocket): Endpoint {
  return {
    // No place of a worker: lines about its requests name none.
    slot: 0,
    pid: slot.pid ?? 0,
    generation: 0,
    group: STATUS_GROUP,
    socket: path,
    token,
    accepting: true,
    concurrency: { min: MOST_AT_ONCE, max: MOST_AT_ONCE },
  };
}
