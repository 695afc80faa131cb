// The process that sends traces and metrics to a collector: one of its own, so that a collector that is slow or gone can hold up
// nothing else. It has the variables by which OpenTelemetry's own exporters are set up.

import type { EndRecord } from "../../control/records.ts";
import type { Environment } from "../../core/environment.ts";
import type { Lifetime } from "../../core/lifetime.ts";
import type { ExporterSetup } from "../../link/messages.ts";
import { writeSpan } from "../../link/traces/spans.ts";
import type { Resolved } from "../../options/resolve/resolve.ts";
import { identityOf } from "../child/child-setup.ts";
import type { News, Slot } from "../child/slot.ts";
import type { CrewTools } from "../crew/crew.ts";
import type { WholeTold } from "./gather.ts";
import { LoneCrew, type LoneSetup } from "./lone-crew.ts";
import type { SpanRelay } from "./span-relay.ts";

/** For the last traces; a collector that fails is not waited for. */
const DRAIN_MS = 2_000;

export type ExporterCrewSetup = Pick<LoneSetup, "config" | "env"> & {
  /** Asked for each time that figures are sent. */
  tell: () => WholeTold;
  relay: SpanRelay;
};

/** See LoneCrew. */
export function exporterCrew(
  { config, env, tell, relay }: ExporterCrewSetup,
  tools: CrewTools,
  life: Lifetime,
): LoneCrew {
  const { otlpEndpoint: endpoint } = config.settings;
  if (endpoint !== undefined) tools.ledger.chronicle.follow({ onEnd: (end) => relay.pass(spanOf(end)) });
  const setup: LoneSetup = {
    ...{ role: "exporter", config, env, isWanted: endpoint !== undefined, drainMs: DRAIN_MS },
    variables: variablesOf(env),
    configure: () => ({ type: "configure", exporter: setupOf(config) }),
    hear: (slot, news) => hear(slot, news, { tell, relay, tools }),
    onReady(slot) {
      tools.log.info("traces and metrics go to a collector", { endpoint, pid: slot.pid });
      relay.attach((message) => slot.send(message));
    },
    onGone(run) {
      relay.attach(undefined);
      tools.sums.end(run);
    },
  };
  return new LoneCrew(setup, tools, life);
}

function spanOf({ at, process: name, reason, pid, how, servedMs }: EndRecord) {
  const record = { kind: "end", atMs: Date.parse(at), name, reason, pid: pid ?? 0, how } as const;
  return { count: 1, text: writeSpan({ ...record, ...(servedMs !== null && { servedMs }) }) };
}

type Hearing = Pick<ExporterCrewSetup, "tell" | "relay"> & { tools: CrewTools };

function hear(slot: Slot, news: News, { tell, relay, tools }: Hearing): void {
  if (news.type === "ask") slot.send({ type: "told", id: news.id, about: news.about, answer: tell() });
  else if (news.type === "taken") relay.taken(news.id);
  else if (news.type === "figures" && slot.run) {
    tools.sums.note(slot.run, news.samples);
    tools.sums.note(relay, [
      { metric: "gw_traces_lost_total", labels: ["supervisor"], value: relay.dropped },
    ]);
  }
}

/** OTEL_EXPORTER_OTLP_HEADERS holds keys: no other process of gw but the workers gets them. */
function variablesOf(env: Environment): Environment {
  const names = Object.keys(env).filter((name) => name.startsWith("OTEL_") || name === "NODE_EXTRA_CA_CERTS");
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}

function setupOf({ settings, account }: Pick<Resolved, "settings" | "account">): ExporterSetup {
  const { otlpEndpoint, otlpSignals, otlpInterval, host, port } = settings;
  return {
    endpoint: otlpEndpoint ?? "",
    ...(otlpSignals.includes("metrics") && { metricsEveryMs: otlpInterval }),
    instance: `${host}:${port}`,
    identity: identityOf(account),
  };
}
