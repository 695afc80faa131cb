// The fields of a worker's answer as its client gets them: with what gw itself has to say of it.

import type { ResponseHead } from "../../upstream/response-head.ts";
import { hasAdditions, withOwn } from "../visit/own-fields.ts";
import type { Visit } from "../visit/visit.ts";

/** `date`: for an answer without one. */
export function answerFields(
  { fields: given, dated }: Pick<ResponseHead, "fields" | "dated">,
  visit: Pick<Visit, "cookie" | "hsts" | "own" | "timing" | "varies">,
  { date }: { date(): string },
): readonly string[] {
  if (dated && !visit.cookie && !hasAdditions(visit)) return given;
  const fields = withOwn(given, visit);
  if (visit.cookie) fields.push("Set-Cookie", visit.cookie);
  if (!dated) fields.push("Date", date());
  return fields;
}
