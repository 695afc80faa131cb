// Changes to a file of passwords. All lines but those of the one user stay as they are, to the byte. Pure.

import { linesOf, readPasswordLine } from "./htpasswd.ts";

/** `isNew`: the user was in no line before. */
export function withPassword(text: string, user: string, hash: string): { text: string; isNew: boolean } {
  const lines = linesOf(text);
  const at = lines.findIndex((line) => isOf(line, user));
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  if (at >= 0) {
    const [, , ...comment] = lines[at]?.trimEnd().split(":") ?? [];
    const own = `${[user, hash, ...comment].join(":")}${end}`;
    return {
      text: lines.flatMap((line, i) => (i === at ? [own] : isOf(line, user) ? [] : [line])).join(""),
      isNew: false,
    };
  }
  const last = lines.at(-1);
  if (last !== undefined && !last.endsWith("\n")) lines.push(end);
  return { text: [...lines, `${user}:${hash}${end}`].join(""), isNew: true };
}

/** Undefined where there is no such user. */
export function withoutPassword(text: string, user: string): string | undefined {
  const lines = linesOf(text);
  const left = lines.filter((line) => !isOf(line, user));
  return left.length < lines.length ? left.join("") : undefined;
}

const isOf = (line: string, user: string) => readPasswordLine(line).user === user;
