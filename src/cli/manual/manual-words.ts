// What `gw completions` takes. Pure.

import { choice } from "../../options/declare/kinds/kinds.ts";
import type { WordRow } from "../terminal/words.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

export const COMPLETIONS_WORDS: readonly WordRow[] = [
  {
    name: "shell",
    positional: "SHELL",
    isRequired: true,
    kind: choice(...SHELLS),
    meaning: `One of ${SHELLS.join(", ")}`,
  },
];
