// Values that may be `auto`: how much, the machine says. Until it has been asked, AUTO_SPAN and AUTO_BYTES stand in their place;
// options/resolve puts the figures there. Pure.

import type { Kind, Span } from "./kinds.ts";

export const AUTO = "auto";
/** As many as there are processors. */
export const AUTO_SPAN: Span = Object.freeze({ min: 1, max: 1 });
/** What the memory has room for. */
export const AUTO_BYTES = -1;

/** `kind`, or the word; `meant` stands in its place until the machine has been asked. */
export function orAuto<T>(kind: Kind<T>, meant: T): Kind<T> {
  const { anyOf = [kind.schema] } = kind.schema as { anyOf?: readonly unknown[] };
  return {
    ...kind,
    accepts: `${AUTO}, or ${kind.accepts}`,
    schema: { anyOf: [{ const: AUTO }, ...anyOf] },
    type: `${kind.type} | "${AUTO}"`,
    parse: (text) => (text === AUTO ? meant : kind.parse(text)),
    fromJson: (value) => (value === AUTO ? meant : kind.fromJson(value)),
    print: (value) => (value === meant ? AUTO : kind.print(value)),
  };
}
