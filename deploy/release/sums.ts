// SHA256SUMS, as sha256sum writes and checks it.

import { sha256Of } from "../../src/cli/check-binary/file-sum.ts";

export type Sum = { name: string; hash: string };

export async function sumOf(path: string, name: string): Promise<Sum> {
  return { name, hash: await sha256Of(path) };
}

export function renderSums(sums: readonly Sum[]): string {
  const sorted = sums.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return sorted.map(({ name, hash }) => `${hash}  ${name}\n`).join("");
}
