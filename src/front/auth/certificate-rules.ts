// How much a group asks of its clients' certificates, by the path of the request: the longest prefix that fits says it. A path
// that can be read in several ways has the strictest of what is said for them, and so has one that is twisted, of all that it may
// lead to. Pure.

import { isBelow, type Prefix, prefixOf, readingsOf } from "../../http/path/path-prefixes.ts";
import { isPlainPath, mayLeadTo } from "../../http/path/paths.ts";
import type { CertificateDemand, CertificateRule } from "../../link/setups.ts";

const STRICTNESS: readonly CertificateDemand[] = ["none", "optional", "require"];

/** `path`: as the client has sent it, without its query. */
export type DemandFor = (path: string) => CertificateDemand;

export function createDemand(rules: readonly CertificateRule[]): DemandFor {
  const known = rules
    .toSorted((one, other) => other.path.length - one.path.length)
    .map(({ path, demand }) => ({ demand, prefix: asPrefix(path, demand) }));
  const demandAt = (path: string) => known.find(({ prefix }) => isBelow(path, prefix))?.demand ?? "none";
  return (path) => {
    if (isPlainPath(path)) return demandAt(path);
    const possible = known.filter(({ prefix }) => mayLeadTo(path, prefix.loose)).map(({ demand }) => demand);
    return strictest([...readingsOf(path).map(demandAt), ...possible]);
  };
}

/** Letter case counts where that asks less. */
function asPrefix(path: string, demand: CertificateDemand): Prefix {
  const prefix = prefixOf(path);
  return demand === "require" ? prefix : { ...prefix, isExact: true };
}

const strictest = (demands: readonly CertificateDemand[]): CertificateDemand =>
  STRICTNESS[Math.max(...demands.map((one) => STRICTNESS.indexOf(one)))] ?? "require";
