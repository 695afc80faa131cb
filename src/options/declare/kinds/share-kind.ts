// A part of a whole, as an option: 0.05 and 5% are the same. Pure.

import type { Kind } from "./kinds.ts";

const SHARE = /^(\d{1,3}(?:\.\d{1,9})?)(%)?$/;

export function share(): Kind<number> {
  const parse = (text: string) => {
    const [, figure, percent] = SHARE.exec(text) ?? [];
    const value = figure === undefined ? Number.NaN : Number(figure) / (percent ? 100 : 1);
    return value <= 1 ? value : undefined;
  };
  return {
    name: "share",
    placeholder: "SHARE",
    accepts: "a part from 0 to 1, such as 0.05, or 5%",
    schema: {
      anyOf: [
        { type: "number", minimum: 0, maximum: 1 },
        { type: "string", pattern: SHARE.source },
      ],
    },
    type: "number | string",
    parse,
    fromJson: (value) =>
      typeof value === "number" || typeof value === "string" ? parse(String(value)) : undefined,
    print: String,
  };
}
