// A line that is typed and not shown. The terminal hands over each key as it comes, so that what it does elsewhere with those
// that correct and end a line is done here. Pure.

export type Typed =
  | { is: "unfinished" }
  /** `rest`: what was typed ahead. */
  | { is: "line"; text: string; rest: string }
  | { is: "interrupted" };

const ENTER = /[\r\n]/;
const INTERRUPT = "\x03";
const END = "\x04";
const ERASE = new Set(["\x7f", "\b"]);
const ERASE_ALL = "\x15";
/** Arrows and their like: they move nothing here. */
const ESCAPE_SEQUENCE = /^\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O[A-Za-z])/;

/** What all keys so far have come to. */
export function readTyped(keys: string): Typed {
  let text: string[] = [];
  for (let at = 0; at < keys.length; ) {
    const sequence = ESCAPE_SEQUENCE.exec(keys.slice(at, at + 16))?.[0];
    if (sequence !== undefined) {
      at += sequence.length;
      continue;
    }
    const key = String.fromCodePoint(keys.codePointAt(at) as number);
    at += key.length;
    if (ENTER.test(key)) return { is: "line", text: text.join(""), rest: keys.slice(at) };
    if (key === INTERRUPT || (key === END && text.length === 0)) return { is: "interrupted" };
    if (ERASE.has(key)) text.pop();
    else if (key === ERASE_ALL) text = [];
    // Whoever sees nothing does not see either that a tab has got in: it stays, and is refused.
    else if (key !== END) text.push(key);
  }
  return { is: "unfinished" };
}
