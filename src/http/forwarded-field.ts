// The field Forwarded (RFC 7239), in which each proxy on the way adds an element. Pure.

export type ForwardedElement = { text: string; pairs: ReadonlyMap<string, string> };

const PAIR = /[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=([!#$%&'*+\-.^_`|~0-9A-Za-z]+|"(?:[^"\\]|\\.)*")[ \t]*/y;

/** The elements of the field; undefined for one that breaks the grammar: half of it must not be believed. */
export function parseForwarded(text: string): ForwardedElement[] | undefined {
  const elements: ForwardedElement[] = [];
  let pairs = new Map<string, string>();
  let from = 0;
  let at = 0;
  const close = () => {
    if (pairs.size > 0) elements.push({ text: text.slice(from, at).trim(), pairs });
    pairs = new Map();
  };
  while (at < text.length) {
    PAIR.lastIndex = at;
    const match = PAIR.exec(text);
    if (match) {
      const name = (match[1] as string).toLowerCase();
      if (pairs.has(name)) return undefined;
      pairs.set(name, unquoted(match[2] as string));
      at = PAIR.lastIndex;
    } else at += /^[ \t]*/.exec(text.slice(at))?.[0].length ?? 0;
    if (at === text.length) break;
    if (text[at] === ",") {
      close();
      from = at + 1;
    } else if (text[at] !== ";" || !match) return undefined;
    at++;
  }
  close();
  return elements;
}

const unquoted = (value: string) =>
  value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value;
