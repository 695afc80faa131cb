// How many requests one client may send: `address 10/s burst=20`, `header:X-Api-Key 1000/m`, `user 5/s path=/login`. Pure.

import type { Kind } from "./kinds.ts";

export type RateLimitOption = Readonly<{
  by: "address" | "user" | Readonly<{ header: string }>;
  count: number;
  windowMs: number;
  burst: number;
  /** Undefined for all. */
  path: string | undefined;
}>;

const WINDOWS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const COUNT_MOST = 1_000_000;

const RULE =
  /^(address|user|header:[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}) +(\d{1,7})\/([smhd])(?: +burst=(\d{1,7}))?(?: +path=(\/[!-~]*))?$/;

/** Several rules. As a flag it is given once for each; texts hold them with commas between them. */
export function rateLimits(): Kind<readonly RateLimitOption[]> {
  const parse = (text: string) => (text.trim() === "" ? Object.freeze([]) : all(text.split(",")));
  return {
    name: "list",
    placeholder: "RULE",
    accepts: `address, user or header:NAME, then N/s, N/m, N/h or N/d, and perhaps burst=N and path=/PATH, such as "address 10/s burst=20"; N from 1 to ${COUNT_MOST}; the flag once for each rule, or commas between; in a file a list`,
    schema: {
      anyOf: [{ type: "string" }, { type: "array", items: { type: "string", pattern: RULE.source } }],
    },
    type: "string | readonly string[]",
    parse,
    fromJson: (value) => {
      if (typeof value === "string") return parse(value);
      return Array.isArray(value) && value.every((one) => typeof one === "string") ? all(value) : undefined;
    },
    print: (rules) => rules.map(printRule).join(","),
  };
}

function all(texts: readonly string[]): readonly RateLimitOption[] | undefined {
  const rules = texts.map((text) => readRule(text.trim()));
  return rules.every((rule) => rule !== undefined) ? Object.freeze(rules) : undefined;
}

function readRule(text: string): RateLimitOption | undefined {
  const [, who = "", figure, unit = "", atOnce = figure, path] = RULE.exec(text) ?? [];
  const count = Number(figure);
  const burst = Number(atOnce);
  const isCount = (value: number) => value >= 1 && value <= COUNT_MOST;
  if (!isCount(count) || !isCount(burst) || (path !== undefined && /[?#,"\\*]/.test(path))) return undefined;
  const by =
    who === "address" || who === "user" ? who : { header: who.slice("header:".length).toLowerCase() };
  return Object.freeze({ by, count, windowMs: WINDOWS_MS[unit] ?? 0, burst, path });
}

/** The one spelling of a rule: what clients and the log call it. */
export function printRule({ by, count, windowMs, burst, path }: RateLimitOption): string {
  const who = typeof by === "string" ? by : `header:${by.header}`;
  const unit = Object.keys(WINDOWS_MS).find((one) => WINDOWS_MS[one] === windowMs);
  const atOnce = burst === count ? "" : ` burst=${burst}`;
  return `${who} ${count}/${unit}${atOnce}${path === undefined ? "" : ` path=${path}`}`;
}
