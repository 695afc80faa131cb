// Errors as runtimes print them, in lines that belong together: JavaScript's with the code above and the frames below, Python's
// with the frames above. Pure.

const CODE = /^\s*\d+ \| /;
/** `error: …`, `TypeError: …`, `shop.OutOfStock: …` */
const HEADER = /^(?:error|(?:[\w$]+\.)*[\w$]*(?:Error|Exception))\b(?:: |$)/;
const TRACEBACK = "Traceback (most recent call last):";
/** Between an error of Python and the one that it has led to. */
const LINK = /^(?:During handling of|The above exception was) /;
/** How the runtime ends what it says of an error that ends the process. */
const LAST = /^Bun v\d/;
const FRAME = /^\s+at /;

/** Whether a line may be the first one of an error. */
export const beginsError = (line: string): boolean =>
  CODE.test(line) || HEADER.test(line) || line === TRACEBACK || FRAME.test(line);

/** Whether a line belongs to the error that `lines` have begun. */
export function continuesError(lines: readonly string[], line: string): boolean {
  const last = lines.at(-1) ?? "";
  // What has code above it after its frames is the next error, unless a line is left empty: then it is the cause of this one.
  if (CODE.test(line)) return CODE.test(last) || last === "";
  if (line === "" || /^\s/.test(line) || LAST.test(line)) return true;
  if (CODE.test(last) || /^\s*\^\s*$/.test(last)) return true;
  // The last line of a traceback stands at the edge again.
  if (isOpenTraceback(lines)) return true;
  return last === "" && (LINK.test(line) || line === TRACEBACK || HEADER.test(line));
}

function isOpenTraceback(lines: readonly string[]): boolean {
  const at = lines.lastIndexOf(TRACEBACK);
  return at >= 0 && lines.slice(at + 1).every((line) => /^\s/.test(line));
}

/** Nothing of it can come any more. */
export const endsError = (line: string): boolean => LAST.test(line);

/** What lines that belong together say in one sentence, and whether they show where that has happened. */
export function summarize(lines: readonly string[]): { message: string; hasStack: boolean } {
  const at = lines.lastIndexOf(TRACEBACK);
  const hasStack = at >= 0 || lines.some((line) => FRAME.test(line));
  if (!hasStack) return { message: lines.join("\n"), hasStack };
  const said = at >= 0 ? lines.slice(at + 1).find((line) => /^\S/.test(line)) : undefined;
  const header = said ?? lines.find((line) => HEADER.test(line)) ?? lines.find((line) => !CODE.test(line));
  return { message: (header ?? "").trim(), hasStack };
}
