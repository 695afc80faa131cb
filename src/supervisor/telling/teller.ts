// The process that answers on the port for metrics, and is told how things are when it asks. It is one of its own, so that the
// supervisor serves no HTTP and a scrape costs no request its time.

import type { Lifetime } from "../../core/lifetime.ts";
import { identityOf } from "../child/child-setup.ts";
import type { CrewTools } from "../crew/crew.ts";
import type { WholeTold } from "./gather.ts";
import { LoneCrew, type LoneSetup } from "./lone-crew.ts";

export type TellerSetup = Pick<LoneSetup, "config" | "env"> & {
  /** Asked for each scrape. */
  tell: () => WholeTold;
};

/** It has nothing to finish but an answer. */
const DRAIN_MS = 1_000;

/** See LoneCrew. */
export function tellerCrew({ config, env, tell }: TellerSetup, tools: CrewTools, life: Lifetime): LoneCrew {
  const { settings, account } = config;
  const { metricsHost: host, metricsPort: port } = settings;
  const setup: LoneSetup = {
    ...{ role: "metrics", config, env, isWanted: port !== undefined, drainMs: DRAIN_MS },
    configure: () => ({
      type: "configure",
      metrics: { host, port: port ?? 0, identity: identityOf(account) },
    }),
    hear(slot, news) {
      if (news.type === "ask") slot.send({ type: "told", id: news.id, ...tell() });
    },
    onReady(slot, ready) {
      const shown = host.includes(":") ? `[${host}]` : host;
      const url = `http://${shown}:${ready.port ?? port}/metrics`;
      tools.log.info("metrics are served", { url, pid: slot.pid });
    },
  };
  return new LoneCrew(setup, tools, life);
}
