// Kinds of option with several values: a list of texts, and a list of LEFT=RIGHT. As flags they are given once for
// each item, which adds up; in a file they are a list, or an object of pairs. Pure.

import { isRecord } from "../../../core/records.ts";
import type { Kind } from "./kinds.ts";

export type ListForm = {
  placeholder: string;
  accepts: string;
  separator: "," | "\n";
  item: RegExp;
  /** The one spelling of an item that can be spelled in several ways. */
  normal?: (item: string) => string;
  /** The items are paths, or have paths in them: relative ones start where the value was written. */
  anchor?: (item: string, absolute: (path: string) => string) => string;
  /** Items are words of somebody else's command line. */
  isVerbatim?: true;
  /** `false` is an empty list, which is something else than none given. */
  canBeNone?: true;
  /** 2: as a flag an item may be two words, which `=` joins. */
  words?: 2;
};

const NONE = "false";

/** For items that are paths and nothing else. */
export const asPath = (path: string, absolute: (path: string) => string): string => absolute(path);

/** Several texts of one form. A flag adds to the list; a variable and `print` hold all items with the separator. */
export function list({
  placeholder,
  accepts,
  separator,
  item,
  normal,
  anchor,
  canBeNone,
  isVerbatim,
  words,
}: ListForm): Kind<readonly string[]> {
  const check = (items: unknown): readonly string[] | undefined =>
    Array.isArray(items) && items.every((one): one is string => typeof one === "string" && item.test(one))
      ? Object.freeze(items.map((one) => normal?.(one) ?? one))
      : undefined;
  const isNone = (value: unknown) => canBeNone && (value === NONE || value === false);
  const parse = (text: string) =>
    check(
      text === "" || isNone(text)
        ? []
        : text.split(separator).map((one) => (separator === "," ? one.trim() : one)),
    );
  const schema = { type: "array", items: { type: "string", pattern: item.source } };
  return {
    name: "list",
    placeholder,
    accepts: `${accepts}; in a file a list${canBeNone ? `; or ${NONE}` : ""}`,
    schema: canBeNone ? { anyOf: [schema, { const: false }] } : schema,
    type: `${canBeNone ? "false | " : ""}string | readonly string[]`,
    ...(canBeNone && { none: NONE }),
    ...(isVerbatim && { isVerbatim }),
    ...(words && { words }),
    parse,
    fromJson: (value) => (typeof value === "string" ? parse(value) : check(isNone(value) ? [] : value)),
    print: (items) => (canBeNone && items.length === 0 ? NONE : items.join(separator)),
    ...(anchor && { anchor: (items, absolute) => Object.freeze(items.map((one) => anchor(one, absolute))) }),
  };
}

/** What one half of a pair has to be; `is` completes `"x", which is not …`. */
export type Half = { form: RegExp; is: string };

export type PairForm = {
  placeholder: string;
  accepts: string;
  item: RegExp;
  /** By these it is told which half is wrong. */
  left?: Half;
  right?: Half;
  /** 2: as a flag the two halves are two words. */
  words?: 2;
  /** The right half is a path. */
  isPath?: true;
  /** The right half is a word of somebody else's command line; in a file there may be a list of them. */
  isVerbatim?: true;
};

/** Several `LEFT=RIGHT`; in a file also an object. A flag adds to the list. */
export function pairs({
  placeholder,
  accepts,
  item,
  words,
  isPath,
  isVerbatim,
  ...halves
}: PairForm): Kind<readonly string[]> {
  const all = list({ placeholder, accepts, separator: "\n", item, ...(isVerbatim && { isVerbatim }) });
  const word = { type: "string" };
  const value = isVerbatim ? { anyOf: [word, { type: "array", items: word }] } : word;
  return {
    ...all,
    accepts: `${accepts}; in a file an object, or a list of ${placeholder.replace(" ", "=")}`,
    schema: {
      anyOf: [{ type: "object", additionalProperties: value }, all.schema],
    },
    type: `Readonly<Record<string, string${isVerbatim ? " | readonly string[]" : ""}>> | string | readonly string[]`,
    ...(words && { words }),
    fromJson: (value) =>
      all.fromJson(
        isRecord(value)
          ? Object.entries(value).flatMap(([left, right]: [string, unknown]) =>
              (isVerbatim && Array.isArray(right) ? right : [right]).map((one) =>
                typeof one === "string" ? `${left}=${one}` : one,
              ),
            )
          : value,
      ),
    faultOf: (value) => faultOfPairs(value, halves),
    ...(isPath && {
      anchor: (items, absolute) =>
        Object.freeze(items.map(splitPair).map(({ left, right }) => `${left}=${absolute(right)}`)),
    }),
  };
}

function faultOfPairs(value: unknown, { left, right }: Pick<PairForm, "left" | "right">): string | undefined {
  const fault = ([one, other]: [string, unknown]) => {
    if (left && !left.form.test(one)) return `Correct ${JSON.stringify(one)}, which is not ${left.is}`;
    if (typeof other !== "string") return "In a file each of its values is a text in quotes";
    return right && !right.form.test(other)
      ? `Correct ${JSON.stringify(other)}, which is not ${right.is}`
      : undefined;
  };
  return entriesOf(value).map(fault).find(Boolean);
}

/** The pairs in a value of any form, as far as they are pairs. */
function entriesOf(value: unknown): [string, unknown][] {
  if (isRecord(value)) return Object.entries(value);
  const items = typeof value === "string" ? value.split("\n") : Array.isArray(value) ? value : [];
  return items
    .filter((one): one is string => typeof one === "string" && one.includes("="))
    .map(splitPair)
    .map(({ left, right }) => [left, right]);
}

/** The halves of an item of `pairs`; the left one holds no equals sign. */
export function splitPair(item: string): { left: string; right: string } {
  const at = item.indexOf("=");
  return { left: item.slice(0, at), right: item.slice(at + 1) };
}
