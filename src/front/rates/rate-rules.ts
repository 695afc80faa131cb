// Which rules a request has to keep, whom it is counted for, and how a client is told that it has come too often. Pure.

import { createNetworks, UNIX_CLIENT } from "../../core/addresses.ts";
import { isBelow, prefixOf, readingsOf } from "../../http/path/path-prefixes.ts";
import { isPlainPath, mayLeadTo } from "../../http/path/paths.ts";
import type { RateLimit, RatesSetup } from "../../link/setups.ts";
import type { Visit } from "../visit/visit.ts";
import type { Rate } from "./rate-table.ts";

export type RateRule = Rate & {
  limit: RateLimit;
  /** Says nothing to whoever does not know the salt. Undefined for a request that the rule is not about. */
  keyOf(visit: CountedRequest): bigint | undefined;
};

/** What of a visit tells who has sent it, and where to. */
type CountedRequest = Pick<Visit, "path" | "fields" | "user"> & { peer: { address: string } };

/** Where front ends count for themselves, each has its part of what one client may send. */
export function ruleOf(limit: RateLimit, group: string, { parts, salt }: RatesSetup): RateRule {
  const seed = hashOf(`${group}\n${limit.text}`, BigInt(salt));
  const isAbout = pathTest(limit.path);
  const whose = teller(limit.by);
  return {
    limit,
    // Of a rate beyond ten thousand a second this is less than half a percent off.
    intervalUs: Math.max(1, Math.round((limit.windowMs * 1000 * parts) / limit.count)),
    burst: Math.max(1, Math.floor(limit.burst / parts)),
    keyOf(visit) {
      if (!isAbout(visit.path)) return undefined;
      const who = whose(visit);
      return who === undefined ? undefined : hashOf(who, seed);
    },
  };
}

const hashOf = (text: string, seed: bigint): bigint => Bun.hash.wyhash(text, seed);

/** A path that can be read in several ways (http/path) is counted if one reading of it is. */
function pathTest(path: string | undefined): (path: string) => boolean {
  if (path === undefined) return () => true;
  const prefix = prefixOf(path);
  return (asked) =>
    isPlainPath(asked)
      ? isBelow(asked, prefix)
      : readingsOf(asked).some((one) => isBelow(one, prefix)) || mayLeadTo(asked, prefix.loose);
}

/** Whoever comes by a UNIX socket has no address, a request without the field or the user is counted by no such rule. */
function teller(by: RateLimit["by"]): (visit: CountedRequest) => string | undefined {
  if (by === "user") return ({ user }) => user || undefined;
  if (by !== "address") return ({ fields }) => valuesOf(fields, by.header);
  const networkOf = createNetworks();
  return ({ peer: { address } }) => (address === UNIX_CLIENT ? undefined : networkOf(address));
}

/** All of them, as one: no client can have the first counted and the last believed. */
function valuesOf(fields: readonly string[], header: string): string | undefined {
  let found: string | undefined;
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at] as string;
    if (name.length !== header.length || name.toLowerCase() !== header) continue;
    const value = fields[at + 1] as string;
    found = found === undefined ? value : `${found}, ${value}`;
  }
  return found;
}

/** Fields for a client that has come too often (draft-ietf-httpapi-ratelimit-headers-11), and when it may come again, in seconds. */
export function refusalOf({ limit }: RateRule, waitUs: number): { retryAfter: number; fields: string[] } {
  const { text, count, windowMs, burst } = limit;
  const retryAfter = Math.max(1, Math.ceil(waitUs / 1e6));
  const name = `"${text}"`;
  const policy = `${name};q=${count};w=${windowMs / 1000};gw-burst=${burst}`;
  return { retryAfter, fields: ["RateLimit-Policy", policy, "RateLimit", `${name};r=0;t=${retryAfter}`] };
}
