// What is told of one recorded request. Texts of clients are cut to a length that does not matter.

import { fieldValue } from "../../http/fields.ts";
import type { TraceContext } from "../../http/traces/trace-context.ts";
import type { RequestRecord } from "../../link/traces/spans.ts";
import { AccessEntry } from "../telling/access-entry.ts";
import type { Visit } from "../visit/visit.ts";

const PATH_CHARACTERS = 1_024;
const WORD_CHARACTERS = 256;
const MESSAGE_CHARACTERS = 512;

const cut = (text: string) => (text.length > WORD_CHARACTERS ? text.slice(0, WORD_CHARACTERS) : text);

export class RequestRecords {
  /** The same for all of them, as in the access log. */
  readonly #entry = new AccessEntry();

  /** It is over at this instant; `wallMs`: the same in wall time. */
  recordOf(visit: Visit, trace: TraceContext, now: number, wallMs: number): RequestRecord {
    const entry = this.#entry;
    entry.fill(visit, now, wallMs);
    const agent = fieldValue(entry.fields, "user-agent");
    return {
      kind: "request",
      ...spanOf(trace),
      startMs: entry.wallMs,
      totalMs: entry.totalMs,
      method: cut(entry.method),
      path: entry.path.slice(0, PATH_CHARACTERS),
      scheme: entry.scheme,
      host: cut(entry.host),
      protocol: entry.protocol,
      address: cut(entry.address),
      ...(agent !== undefined && { agent: cut(agent) }),
      status: entry.status,
      bytesIn: entry.bytesIn,
      bytesOut: entry.bytes,
      id: entry.id,
      group: entry.group,
      worker: entry.worker,
      attempts: entry.attempts,
      isWhole: entry.isWhole,
      ...(entry.cause !== "" && { error: errorOf(visit, entry.cause) }),
      ...phasesOf(visit, trace, now),
    };
  }
}

function spanOf({ traceId, spanId, parentId, state, link, exception }: TraceContext) {
  return {
    traceId,
    spanId,
    ...(parentId !== undefined && { parentId }),
    ...(exception && { exception }),
    ...(state !== undefined && { tracestate: state }),
    ...(link && { link: { traceId: link.traceId, spanId: link.parentId, isSampled: link.isSampled } }),
  };
}

function errorOf({ ending }: Visit, cause: string): NonNullable<RequestRecord["error"]> {
  const message = ending?.kind === "refused" ? ending.error.message.slice(0, MESSAGE_CHARACTERS) : undefined;
  return { cause, ...(message !== undefined && { message }) };
}

/** One that has waited several times is shown as if it had done so at once, before it was given to the last worker. */
function phasesOf(
  { arrivedAt, admittedAt, startedAt, connectedAt, headAt, queuedMs, attempts }: Visit,
  { onwardId, doneAt }: TraceContext,
  now: number,
): Pick<RequestRecord, "queue" | "app"> {
  const queue = admittedAt > 0 && queuedMs > 0 && { atMs: admittedAt - arrivedAt, forMs: queuedMs };
  const app = attempts > 0 && {
    spanId: onwardId,
    atMs: startedAt - arrivedAt,
    forMs: (doneAt || now) - startedAt,
    connectMs: connectedAt > 0 ? connectedAt - startedAt : 0,
    ...(headAt > 0 && { headMs: headAt - startedAt }),
  };
  return { ...(queue && { queue }), ...(app && { app }) };
}
