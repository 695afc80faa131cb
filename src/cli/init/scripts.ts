// The scripts of package.json with which an app is started, worked on and reloaded by gw, and the text of the file with them. Nothing
// that is there is changed. Pure.

import { applyEdits, modify } from "jsonc-parser";
import { shellWord } from "../../os/shell-words.ts";
import type { Framework } from "./frameworks.ts";

/** npm runs scripts by a shell, which would stay between npm and gw, and take signals that are for gw. */
const START = "exec gw start-server";

/** What stands after `gw start-server`, and what is worked on. */
export type Served = Pick<Framework, "words" | "sources">;

export type Script = {
  /** The name that was free, or under which it stands already. */
  name: string;
  command: string;
  what: "added" | "there already" | "no name is free for it";
};

export function scriptsFor({ words, sources }: Served, present: Readonly<Record<string, unknown>>): Script[] {
  const wanted: [string, string | undefined][] = [
    ["start", `${START} ${words.map(shellWord).join(" ")}`],
    ["dev", sources === undefined ? undefined : `${START} ${shellWord(sources)} --reload-on-changes`],
    ["reload", "gw reload"],
  ];
  return wanted.flatMap(([name, command]) => (command === undefined ? [] : [place(name, command, present)]));
}

/** `gw:start`, where the app has a `start` of its own. */
function place(name: string, command: string, present: Readonly<Record<string, unknown>>): Script {
  const names = [name, `gw:${name}`];
  const same = names.find((one) => present[one] === command);
  if (same !== undefined) return { name: same, command, what: "there already" };
  const free = names.find((one) => !Object.hasOwn(present, one));
  if (free !== undefined) return { name: free, command, what: "added" };
  return { name: `gw:${name}`, command, what: "no name is free for it" };
}

/** With the file's own indentation and ends of lines. */
export function withScripts(text: string, scripts: readonly Script[]): string {
  const indentation = /^[{[]?\s*?\n([ \t]+)"/m.exec(text)?.[1] ?? "  ";
  const formattingOptions = {
    insertSpaces: !indentation.startsWith("\t"),
    tabSize: indentation.startsWith("\t") ? 1 : indentation.length,
    eol: text.includes("\r\n") ? "\r\n" : "\n",
  };
  return scripts
    .filter(({ what }) => what === "added")
    .reduce(
      (now, { name, command }) =>
        applyEdits(now, modify(now, ["scripts", name], command, { formattingOptions })),
      text,
    );
}
