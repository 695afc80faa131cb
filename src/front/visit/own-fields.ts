// Fields that the operator wants in the answers of a group, whoever gives them. Pure.

import { variedFields } from "../../http/content/compressing.ts";
import { fieldValue, withoutFields } from "../../http/fields.ts";
import { SERVER_TIMING } from "./server-timing.ts";

export type OwnFields = {
  /** Flat [name, value …]. */
  readonly fields: readonly string[];
  /** Their names, in lower case. */
  readonly names: ReadonlySet<string>;
};

export function ownFieldsOf(fields: readonly string[]): OwnFields {
  return { fields, names: new Set(fields.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase())) };
}

const HSTS = "Strict-Transport-Security";
const HSTS_NAME: ReadonlySet<string> = new Set([HSTS.toLowerCase()]);

type Additions = {
  readonly hsts: string | undefined;
  readonly own: OwnFields | undefined;
  /** Value of Server-Timing. */
  readonly timing?: string | undefined;
  /** A field by which requests for the same get something else. */
  readonly varies?: string | undefined;
};

/** Whether anything is added to an answer at all. */
export const hasAdditions = ({ hsts, own, timing, varies }: Additions): boolean =>
  hsts !== undefined || own !== undefined || timing !== undefined || varies !== undefined;

/** Of an app's answer, or a file's: what it says by the same names goes. Two of HSTS would be one too many (RFC 6797 section 8.1). */
export function withOwn(given: readonly string[], visit: Additions): string[] {
  const { hsts, own, varies } = visit;
  const names = own?.names ?? (hsts === undefined ? undefined : HSTS_NAME);
  let fields = names ? withoutFields(given, names) : [...given];
  if (own && hsts !== undefined) fields = withoutFields(fields, HSTS_NAME);
  if (hsts !== undefined) fields.push(HSTS, hsts);
  if (own) fields.push(...own.fields);
  addTiming(fields, visit);
  return varies === undefined ? fields : variedFields(fields, varies);
}

/** Of a page of gw, which knows better than anybody what it says itself: added where it says nothing. */
export function addOwn(page: string[], visit: Additions): void {
  const { hsts, own } = visit;
  addTiming(page, visit);
  if (hsts !== undefined) page.push(HSTS, hsts);
  if (!own) return;
  const { fields } = own;
  for (let i = 0; i < fields.length; i += 2) {
    const [name, value] = [fields[i] as string, fields[i + 1] as string];
    if (fieldValue(page, name.toLowerCase()) === undefined) page.push(name, value);
  }
}

/** Beside what the app says by the same name: a list may stand in several fields. */
function addTiming(fields: string[], { timing }: Additions): void {
  if (timing !== undefined) fields.push(SERVER_TIMING, timing);
}
