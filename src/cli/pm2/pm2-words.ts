// What `gw import-pm2` takes. Pure.

import { path, text } from "../../options/declare/kinds/kinds.ts";
import type { WordRow } from "../terminal/words.ts";

const name = text({
  placeholder: "NAME",
  accepts: "a name as it stands in the file of PM2",
  read: (value) => value || undefined,
});

export const PM2_WORDS: readonly WordRow[] = [
  {
    name: "file",
    positional: "FILE",
    isRequired: true,
    kind: path("FILE"),
    meaning: "The file of PM2: ecosystem.config.js, or one of JSON",
  },
  { name: "only", kind: name, meaning: "One app of the file [all, each as a group]" },
  { name: "env", kind: name, meaning: "With env_NAME over env, as pm2 start --env takes it" },
  { name: "dry-run", meaning: "Print gw.config.ts, and write nothing" },
];
