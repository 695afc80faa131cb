// The fields of a worker's answer as its client gets them: with what gw itself has to say of it.

import { withoutField } from "../../http/fields.ts";
import type { ResponseHead } from "../../upstream/response-head.ts";
import type { Visit } from "../visit/visit.ts";

const HSTS = "strict-transport-security";

/** `date`: for an answer without one. */
export function answerFields(
  { fields: given, dated }: Pick<ResponseHead, "fields" | "dated">,
  { cookie, hsts }: Pick<Visit, "cookie" | "hsts">,
  { date }: { date(): string },
): readonly string[] {
  if (dated && !cookie && hsts === undefined) return given;
  // Two of them would be one too many: clients go by the first (RFC 6797 section 8.1).
  const fields = hsts === undefined ? [...given] : withoutField(given, HSTS);
  if (hsts !== undefined) fields.push("Strict-Transport-Security", hsts);
  if (cookie) fields.push("Set-Cookie", cookie);
  if (!dated) fields.push("Date", date());
  return fields;
}
