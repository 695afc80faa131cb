// How what is wrong with a certificate is told.

import type { Problem } from "../options/declare/problems.ts";

/** What is wrong with a certificate is wrong with the configuration that names it. */
export function wrong(what: string, from: string | undefined, advice: string): Problem {
  return { cause: "configuration", what, ...(from !== undefined && { from }), advice };
}
