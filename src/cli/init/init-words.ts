// What `gw init` takes. Pure.

import { path } from "../../options/declare/kinds/kinds.ts";
import type { WordRow } from "../terminal/words.ts";

export const INIT_WORDS: readonly WordRow[] = [
  {
    name: "app",
    positional: "APP",
    kind: path("APP"),
    meaning: "File of the app [what package.json tells of it]",
  },
  { name: "dry-run", meaning: "Tell what would be written, and write nothing" },
];
