// A mark at the front of a line of output by which a worker tells the supervisor whose request it is about. An app may write one
// itself: then it says so of its own line, and nothing else.

const [BEGIN, END] = ["\x1e", "\x1f"];
/** What ids of requests are made of. */
const MARK = /^\x1e([0-9a-z-]{1,64})\x1f/;

export const markLine = (id: string) => `${BEGIN}${id}${END}`;

/** The line without its marks, and what the first of them says. */
export function readMark(line: string): { id: string | undefined; text: string } {
  const id = MARK.exec(line)?.[1];
  let text = line;
  for (let mark = MARK.exec(text); mark; mark = MARK.exec(text)) text = text.slice(mark[0].length);
  return { id, text };
}
