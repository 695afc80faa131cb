// All that tells others how gw is, put together: what its processes are answered, what may be done by one, and the processes.

import type { Lifetime } from "../../core/lifetime.ts";
import type { Resolved } from "../../options/resolve/resolve.ts";
import type { CrewTools } from "../crew/crew.ts";
import type { Site } from "../generations/site.ts";
import { Spells } from "../records/spells.ts";
import type { WorkerSockets } from "../root/worker-sockets.ts";
import { type AnswersSetup, makeAnswers } from "./answers.ts";
import { Deeds, type DeedsControls } from "./deeds.ts";
import { exporterCrew } from "./exporter.ts";
import { type NotifierCrewSetup, notifierCrew } from "./notifier.ts";
import { seeSlowness } from "./slowness.ts";
import type { SpanRelay } from "./span-relay.ts";
import { tellerCrew } from "./teller.ts";
import { Trends } from "./trends.ts";

export type TellingSetup = NotifierCrewSetup & {
  controls: AnswersSetup["controls"] & DeedsControls;
  site: Site;
  sockets: WorkerSockets;
  /** With which one may act on the status page. */
  statusToken: string;
  /** The configuration in force. */
  present: () => Resolved;
};

const MARGIN_MS = 5_000;

export type Tellers = {
  start(): Promise<unknown>;
  /** The port for metrics is to be somebody else's. */
  leavePort(): Promise<void>;
};

/** The processes start later; they end with what is added to `life`. */
export function openTelling(
  given: TellingSetup,
  tools: CrewTools & { spans: SpanRelay },
  life: Lifetime,
): Tellers {
  const { config, server, controls, site, statusToken, present } = given;
  const { clock, log, sums, spans } = tools;
  const { chronicle } = tools.ledger;
  const trends = new Trends({ clock, site, sums, pid: server.pid });
  const answers = makeAnswers({ controls, clock, site, trends, records: () => chronicle.records, present });
  const deeds = new Deeds({ clock, log, controls }, statusToken);
  const { employed } = site;
  const teller = tellerCrew({ ...given, answers, deeds, employed }, tools, life);
  const crews = [
    teller,
    exporterCrew({ ...given, tell: () => controls.tell(), relay: spans }, tools, life),
    notifierCrew(given, tools, life),
  ];
  // Only the page shows how things were.
  if (config.settings.serverStatus) trends.start();
  life.add("trends", MARGIN_MS, () => trends.stop());
  const spells = new Spells({ clock, chronicle, look: () => seeSlowness(site, clock.now()) });
  spells.start();
  life.add("slow spells", MARGIN_MS, () => spells.stop());
  return {
    start: () => Promise.all(crews.map((crew) => crew.start())),
    leavePort: () => teller.leave(),
  };
}
