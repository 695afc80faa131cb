// Marks in output by which a worker tells the supervisor whose request it is about. An app may write them itself: then it says so of
// its own output, and nothing else.
//
// A mark at the front of a line is about that line. What is printed at once, in however many lines, stands between two marks: the
// first one in front of it, the other on a line of its own behind it.

const [BEGIN, END] = ["\x1e", "\x1f"];
/** What ids of requests are made of. */
const MARK = /^\x1e(\(?)([0-9a-z-]{1,64})\x1f/;
const OPENING = /\x1e\([0-9a-z-]{1,64}\x1f/;

/** In front of a line. */
export const markLine = (id: string) => `${BEGIN}${id}${END}`;

/** In front of what is printed at once. */
export const openMark = (id: string) => `${BEGIN}(${id}${END}`;

/** The line behind it, without its end. */
export const CLOSE_MARK = `${BEGIN})${END}`;

/** A text of one or more lines, with the end of its last one, as it is printed at once. */
export const markText = (id: string, text: string) => `${openMark(id)}${text}${CLOSE_MARK}\n`;

export type MarkedLine = { id: string | undefined; text: string; isOpening: boolean };

/** The line without its marks, and what the first of them says. */
export function readMark(line: string): MarkedLine {
  const [, opening, id] = MARK.exec(line) ?? [];
  let text = line;
  for (let mark = MARK.exec(text); mark; mark = MARK.exec(text)) text = text.slice(mark[0].length);
  return { id, text, isOpening: opening === "(" };
}

/** Where in a line something begins that is printed at once, behind something without an end; 0 for nowhere. */
export function openingWithin(line: string): number {
  return line.includes(BEGIN) ? Math.max(0, line.search(OPENING)) : 0;
}
