// A size, and other ones for some paths: `10M`, `/upload=1G`. Pure.

import { isRecord } from "../../../core/records.ts";
import { type Kind, size } from "./kinds.ts";

/** For this path and all below it, in bytes; `/` is everything that no longer path names. */
export type SizeAt = Readonly<{ path: string; bytes: number }>;

const EVERYWHERE = "/";
/** A path as clients write it, without a query. */
const PATH = /^\/[!-~]*$/;

/** Several sizes. As a flag it is given once for each; in a file it may also be an object of paths. */
export function sizeByPath(): Kind<readonly SizeAt[]> {
  const plain = size();
  const at = (path: string, bytes: number | undefined): SizeAt | undefined =>
    bytes === undefined || !PATH.test(path) || /[?#,=*]/.test(path)
      ? undefined
      : Object.freeze({ path: path === EVERYWHERE ? path : path.replace(/\/$/, ""), bytes });
  const itemOf = (item: unknown): SizeAt | undefined => {
    if (typeof item !== "string") return at(EVERYWHERE, plain.fromJson(item));
    const split = item.lastIndexOf("=");
    return split < 0
      ? at(EVERYWHERE, plain.parse(item.trim()))
      : at(item.slice(0, split).trim(), plain.parse(item.slice(split + 1).trim()));
  };
  const all = (items: readonly (SizeAt | undefined)[]) =>
    items.length > 0 && items.every((item) => item !== undefined) ? Object.freeze(items) : undefined;
  const parse = (text: string) => all(text.split(",").map(itemOf));
  return {
    name: "list",
    placeholder: "SIZE",
    accepts: `${plain.accepts}; PATH=SIZE for one path and all below it, the flag once for each, or commas between; in a file also a list, or an object of paths`,
    schema: {
      anyOf: [
        plain.schema,
        { type: "string" },
        { type: "array", minItems: 1, items: { anyOf: [plain.schema, { type: "string" }] } },
        { type: "object", minProperties: 1, additionalProperties: plain.schema },
      ],
    },
    type: "Size | readonly Size[] | Readonly<Record<string, Size>>",
    parse,
    fromJson: (value) => {
      if (typeof value === "string") return parse(value);
      if (isRecord(value))
        return all(Object.entries(value).map(([path, bytes]) => at(path, plain.fromJson(bytes))));
      return all(Array.isArray(value) ? value.map(itemOf) : [itemOf(value)]);
    },
    print: (sizes) =>
      sizes.map(({ path, bytes }) => (path === EVERYWHERE ? "" : `${path}=`) + plain.print(bytes)).join(","),
  };
}

/** The size for whatever no path names; `usual` where none is said. */
export function sizeElsewhere(sizes: readonly SizeAt[], usual: number): number {
  return sizes.findLast(({ path }) => path === EVERYWHERE)?.bytes ?? usual;
}

/** Those for paths. */
export const sizesBelow = (sizes: readonly SizeAt[]): readonly SizeAt[] =>
  sizes.filter(({ path }) => path !== EVERYWHERE);
