// How large the head of a request may be: one judgement for every door, whatever its protocol. What a parser cannot take at all
// has ended before it. Pure.

import { GwError } from "../../core/errors.ts";
import type { HeadLimits } from "../../link/setups.ts";
import type { Client } from "../door/client.ts";

/** What a first line has beside the method and the target: two spaces and eight characters of a version. */
const LINE_REST = 10;
/** What stands between a name and its value. */
const FIELD_REST = ": ".length;
/** Of the name of a field, in an answer. */
const SHOWN_MOST = 64;

type AskedParts = Pick<Client, "method" | "target" | "fields">;

/** What is too large; undefined for a head that keeps the limits. Its text is Latin-1, so that characters are bytes. */
export function faultOfHead({ method, target, fields }: AskedParts, limits: HeadLimits): GwError | undefined {
  if (method.length + target.length + LINE_REST > limits.lineBytes) return new GwError("target_too_long");
  if (fields.length > limits.fields * 2) return new GwError("too_many_fields", { most: limits.fields });
  const most = limits.fieldBytes - FIELD_REST;
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string;
    if (name.length + (fields[at + 1] as string).length > most)
      return new GwError("field_too_large", { name: name.slice(0, SHOWN_MOST), most: limits.fieldBytes });
  }
  return undefined;
}
