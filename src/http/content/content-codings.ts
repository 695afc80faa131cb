// What a client says of the codings that it takes (Accept-Encoding, RFC 9110 section 12.5.3). Pure.

/** Those that gw knows, the one with the smallest result first. */
export const CODINGS = ["br", "zstd", "gzip"] as const;
export type Coding = (typeof CODINGS)[number];

const ITEM = /^([!#$%&'*+\-.^_`|~0-9a-z]+)(?:\s*;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/;
/** Browsers name five. */
const ITEMS_MOST = 32;

/**
 * Of the codings in which there is an answer, the one that the client likes best; undefined: as it is, which is what anybody
 * gets whom no coding suits. A client that says nothing may know none.
 */
export function chooseCoding(accepted: string | undefined, available: readonly Coding[]): Coding | undefined {
  if (accepted === undefined || available.length === 0) return undefined;
  const weights = weightsOf(accepted);
  const any = weights.get("*");
  const weightOf = (coding: Coding) => weights.get(coding) ?? weights.get(ALSO[coding]) ?? any ?? 0;
  // Without a word about it, it is the last choice.
  const plain = weights.get("identity") ?? 0;
  let best: Coding | undefined;
  for (const coding of CODINGS) {
    if (!available.includes(coding) || weightOf(coding) === 0 || weightOf(coding) < plain) continue;
    if (best === undefined || weightOf(coding) > weightOf(best)) best = coding;
  }
  return best;
}

/** A name of old (RFC 9110 section 8.4.1.3). */
const ALSO: Readonly<Record<Coding, string>> = { br: "br", zstd: "zstd", gzip: "x-gzip" };

function weightsOf(accepted: string): Map<string, number> {
  const weights = new Map<string, number>();
  for (const item of accepted.toLowerCase().split(",", ITEMS_MOST)) {
    const [, name, weight = "1"] = ITEM.exec(item.trim()) ?? [];
    if (name !== undefined) weights.set(name, Number(weight));
  }
  return weights;
}
