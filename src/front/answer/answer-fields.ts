// A worker's answer as its client gets it: its fields with what gw itself has to say of it, and all of it at once.

import type { ResponseHead } from "../../upstream/response-head.ts";
import { hasAdditions, withOwn } from "../visit/own-fields.ts";
import type { Visit } from "../visit/visit.ts";

/** `date`: for an answer without one. */
type Dated = { date(): string };

/** The answer's fields; the visit is told them, and its status. */
export function tellAnswer(head: ResponseHead, visit: Visit, owner: Dated): readonly string[] {
  visit.status = head.status;
  visit.answerFields = answerFields(head, visit, owner);
  return visit.answerFields;
}

function answerFields(
  { fields: given, dated }: Pick<ResponseHead, "fields" | "dated">,
  visit: Pick<Visit, "cookie" | "hsts" | "own" | "timing" | "varies">,
  { date }: Dated,
): readonly string[] {
  if (dated && !visit.cookie && !hasAdditions(visit)) return given;
  const fields = withOwn(given, visit);
  if (visit.cookie) fields.push("Set-Cookie", visit.cookie);
  if (!dated) fields.push("Date", date());
  return fields;
}

/** Its body comes piece by piece. */
export function answerHead(visit: Visit, head: ResponseHead, owner: Dated): void {
  const length = head.framing === "length" ? (head.promised ?? head.length) : undefined;
  visit.client.sendHead(head.status, head.reason, tellAnswer(head, visit, owner), length);
}

/** `body`: undefined for an empty one, or none. */
export function answerWhole(
  visit: Visit,
  head: ResponseHead,
  owner: Dated,
  body: Uint8Array | undefined,
): void {
  const { status, reason, framing, length } = head;
  const { client } = visit;
  const fields = tellAnswer(head, visit, owner);
  visit.sentBytes = body?.length ?? 0;
  if (framing !== "none") return client.answer(status, reason, fields, body ?? new Uint8Array(0));
  // No body by rule (HEAD, 204, 304): a length still says what GET would have got.
  client.answerBodiless(status, reason, fields, length >= 0 ? length : undefined);
}
