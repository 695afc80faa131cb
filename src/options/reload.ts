// What a reload cannot change. Stands in until the table decides.
import type { Problem } from "./problems.ts";
import type { Resolved } from "./resolve.ts";

export function planReload(_before: Resolved, _after: Resolved): { refused: Problem[] } {
  return { refused: [] };
}
