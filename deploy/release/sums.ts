// SHA256SUMS, as sha256sum writes and checks it.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

export type Sum = { name: string; hash: string };

export async function sumOf(path: string, name: string): Promise<Sum> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece);
  return { name, hash: hash.digest("hex") };
}

export function renderSums(sums: readonly Sum[]): string {
  const sorted = sums.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return sorted.map(({ name, hash }) => `${hash}  ${name}\n`).join("");
}
