// Texts made as wide as a column of a terminal: cut where they are wider, filled up where they are not. Pure.

export const widthOf = (text: string) => Bun.stringWidth(text);

/** Colours in it are not counted, and cut off where it is cut. */
export function fit(text: string, width: number): string {
  const own = widthOf(text);
  if (own <= width) return text + " ".repeat(width - own);
  if (width <= 0) return "";
  let cut = "";
  let used = 0;
  for (const letter of Bun.stripANSI(text)) {
    const more = widthOf(letter);
    if (used + more > width - 1) break;
    cut += letter;
    used += more;
  }
  return `${cut}…${" ".repeat(width - 1 - used)}`;
}
