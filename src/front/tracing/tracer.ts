// Which trace each request belongs to, and whether it is recorded: decided once, before anything can happen to it. A client that
// is believed decides with its own; any other one has a new trace begun for it, and only said of that where it came from.

import { readTrace, type TraceContext } from "../../http/traces/trace-context.ts";
import type { TraceSetup } from "../../link/setups.ts";
import type { Stage } from "../visit/stages.ts";
import type { Visit } from "../visit/visit.ts";
import type { TraceIds } from "./trace-ids.ts";

export type TracerTools = {
  ids: TraceIds;
  random: () => number;
  /** Whether to believe what comes from this address of a trace. */
  isTrusted: (address: string) => boolean;
};

export function traceStage(setup: Pick<TraceSetup, "sample" | "timing">, tools: TracerTools): Stage {
  const { sample, timing } = setup;
  return (visit) => {
    visit.trace = sample === undefined ? undefined : traceOf(visit, sample, tools);
    visit.tellsTiming = timing === "all" || (timing === "recorded" && visit.trace?.isSampled === true);
    return undefined;
  };
}

function traceOf({ client }: Visit, sample: number, { ids, random, isTrusted }: TracerTools): TraceContext {
  const said = readTrace(client.fields);
  const parent = said && isTrusted(client.peer.address) ? said : undefined;
  const isSampled = parent ? parent.isSampled : random() < sample;
  const spanId = ids.span();
  return {
    traceId: parent?.traceId ?? ids.trace(),
    spanId,
    // Of what is not recorded nobody will ever see the spans.
    onwardId: isSampled ? ids.span() : spanId,
    parentId: parent?.parentId,
    link: parent ? undefined : said,
    state: parent?.state,
    isSampled,
    doneAt: 0,
  };
}
