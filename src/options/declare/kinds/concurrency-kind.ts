// How many requests a worker has at once: a number; or the bounds within which gw finds it by itself. Pure.

import { type Kind, type Span, span } from "./kinds.ts";

const MOST = 100_000;
/** What `auto` stands for: more than that helps few apps, and who needs it says so. */
export const AUTO: Span = Object.freeze({ min: 1, max: 200 });

export function concurrency(): Kind<Span> {
  const { fromJson, ...bounds } = span({ max: MOST });
  const parse = (text: string) => {
    if (text === "auto") return AUTO;
    const value = bounds.parse(text);
    return value && value.min > 0 ? value : undefined;
  };
  return {
    ...bounds,
    accepts: `a whole number from 1 to ${MOST}; auto; or two numbers as MIN..MAX, within which it is found as with auto`,
    schema: {
      anyOf: [
        { type: "integer", minimum: 1, maximum: MOST },
        { type: "string", pattern: "^(?:auto|\\d{1,9}(?:\\.\\.\\d{1,9})?)$" },
      ],
    },
    type: 'Span | "auto"',
    parse,
    fromJson: (value) => (typeof value === "string" ? parse(value) : fromJson(value)),
    print: (value) => (value.min === AUTO.min && value.max === AUTO.max ? "auto" : bounds.print(value)),
  };
}

/** It is to be found. */
export const isFound = ({ min, max }: Span): boolean => min < max;
