// The lines on which the keys of a configuration in TypeScript stand. The file has been run, and its values say nothing
// of where they come from; so its text is looked through for keys, as deep in braces as they must be. Where that is
// not clear, because a key is computed or stands there twice, there is no line. Pure.

import type { Member } from "./config-json.ts";

/** What tells where braces and keys are: text and comments are passed over, and a word before a colon may be a key. */
const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`|[A-Za-z_$][\w$]*|[{}:,;=\n]/g;

/** The members, each with its line as far as the source shows it, at every level. */
export function withLines(members: readonly Member[], source: string): Member[] {
  const lines = findKeys(source);
  const locate = (all: readonly Member[], path: string): Member[] =>
    all.map((member) => {
      const name = `${path}/${member.key}`;
      const [line, other] = lines.get(name) ?? [];
      return {
        ...member,
        ...(line !== undefined && other === undefined && { line }),
        ...(member.members && { members: locate(member.members, name) }),
      };
    });
  return locate(members, "");
}

/** From `/groups/api/port` to the lines on which that key stands. */
function findKeys(source: string): Map<string, number[]> {
  const found = new Map<string, number[]>();
  /** Keys of the braces that are open; empty for one that has none. */
  const open: string[] = [];
  let line = 1;
  let word: string | undefined;
  let key: string | undefined;
  for (const [token] of source.matchAll(TOKEN)) {
    if (token === ":" && word !== undefined && key === undefined && open.length > 0) {
      key = word;
      const path = [...open, key].flatMap((name) => (name === "" ? [] : [`/${name}`])).join("");
      found.set(path, [...(found.get(path) ?? []), line]);
    } else if (token === "{") open.push(key ?? "");
    else if (token === "}") open.pop();
    // What follows belongs to no key: not even after an equals sign, where the colon began a type.
    if (/^[{},;=]$/.test(token)) key = undefined;
    if (!/^(?:\n|\/[/*])/.test(token)) word = wordIn(token);
    line += token.split("\n").length - 1;
  }
  return found;
}

function wordIn(token: string): string | undefined {
  if (/^[A-Za-z_$]/.test(token)) return token;
  return /^["']/.test(token) ? token.slice(1, -1) : undefined;
}
