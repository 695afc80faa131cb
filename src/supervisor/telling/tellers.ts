// Those who tell others how things are: for metrics, for a collector, and for the operator. Each is a process of its own.

import type { Lifetime } from "../../core/lifetime.ts";
import type { CrewTools } from "../crew/crew.ts";
import { exporterCrew } from "./exporter.ts";
import { type NotifierCrewSetup, notifierCrew } from "./notifier.ts";
import type { SpanRelay } from "./span-relay.ts";
import { type TellerSetup, tellerCrew } from "./teller.ts";

export function tellersOf(
  setup: TellerSetup & NotifierCrewSetup,
  tools: CrewTools & { spans: SpanRelay },
  life: Lifetime,
): { start(): Promise<unknown> } {
  const crews = [
    tellerCrew(setup, tools, life),
    exporterCrew({ ...setup, relay: tools.spans }, tools, life),
    notifierCrew(setup, tools, life),
  ];
  return { start: () => Promise.all(crews.map((crew) => crew.start())) };
}
