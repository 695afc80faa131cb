// Where each word of a compiled source stood in the original one, found by looking at the two texts alone: the runtime
// can compile without telling. Compiling drops words (types), moves them (decorators go behind their class) and adds
// its own, but most come through as they were; so long runs of words that both texts have once are the same ones. Pure.

type Word = { text: string; line: number; column: number };

/** The mappings of a source map of version 3, for a compiled text that begins after `linesBefore` lines. */
export function findMappings(original: string, compiled: string, linesBefore: number): string {
  const [from, to] = [wordsOf(original), wordsOf(compiled)];
  const places = matchWords(from, to);
  const lines: string[] = [];
  let [last, column] = [{ line: 0, column: 0 }, 0];
  to.forEach((word, at) => {
    const source = from[places[at] ?? -1];
    // What happens at a sign is told by the name before it, as it is in the runtime's own maps.
    if (!source || SIGN.test(word.text)) return;
    const before = lines[word.line];
    const steps = [
      word.column - (before ? column : 0),
      0,
      source.line - last.line,
      source.column - last.column,
    ];
    const segment = steps.map(encode).join("");
    lines[word.line] = before ? `${before},${segment}` : segment;
    [last, column] = [source, word.column];
  });
  return ";".repeat(linesBefore) + Array.from(lines, (line) => line ?? "").join(";");
}

// ---- words ------------------------------------------------------------------------------------------------------

const WORD = /\/\/[^\n]*|\/\*.*?\*\/|(["'])((?:\\.|(?!\1)[^\\\n])*)\1|[\w$\u0080-\uffff]+|\n|\S/gs;

const SIGN = /^[^\w$\u0080-\uffff]?$/;

/** Identifiers, numbers, texts without their quotes, and single signs; comments are none. */
function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  let line = 0;
  let start = 0;
  for (const { 0: found, 2: quoted, index } of text.matchAll(WORD)) {
    const isComment = found.startsWith("//") || found.startsWith("/*");
    if (!isComment && found !== "\n") words.push({ text: quoted ?? found, line, column: index - start });
    for (let end = found.indexOf("\n"); end >= 0; end = found.indexOf("\n", end + 1)) {
      line++;
      start = index + end + 1;
    }
  }
  return words;
}

// ---- matching ---------------------------------------------------------------------------------------------------

/** Lengths of the runs that are looked for, the surest first. */
const RUNS = [16, 8, 4, 2];

/** For each word of `to` its place in `from`, or -1. */
function matchWords(from: readonly Word[], to: readonly Word[]): Int32Array {
  const numbers = new Map<string, number>();
  const numberOf = ({ text }: Word) => {
    const known = numbers.get(text) ?? numbers.size + 1;
    numbers.set(text, known);
    return known;
  };
  const pairing: Pairing = {
    from: Int32Array.from(from, numberOf),
    to: Int32Array.from(to, numberOf),
    partnerOf: new Int32Array(from.length).fill(-1),
    places: new Int32Array(to.length).fill(-1),
  };
  for (const length of RUNS) {
    const known = findSingleRuns(pairing.from, pairing.partnerOf, length);
    for (const [run, at] of findSingleRuns(pairing.to, pairing.places, length)) {
      const source = known.get(run) ?? -1;
      if (at >= 0 && source >= 0) takeRun(pairing, source, at);
    }
  }
  fillGaps(pairing);
  return pairing.places;
}

/** Words as numbers, equal where their texts are; and for each word its place in the other text, or -1. */
type Pairing = { from: Int32Array; to: Int32Array; partnerOf: Int32Array; places: Int32Array };

/** Where each run of so many free words begins, by a number made of them; -1 for one that is there more than once. */
function findSingleRuns(words: Int32Array, partners: Int32Array, length: number): Map<number, number> {
  const runs = new Map<number, number>();
  let free = 0;
  for (let at = 0; at < words.length; at++) {
    free = (partners[at] ?? 0) >= 0 ? 0 : free + 1;
    if (free < length) continue;
    const start = at - length + 1;
    let [high, low] = [0, 0];
    for (let i = start; i <= at; i++) {
      const word = words[i] ?? 0;
      high = (Math.imul(high, 31) + word) | 0;
      low = (Math.imul(low, 65_599) ^ word) | 0;
    }
    const run = (high >>> 11) * 2 ** 32 + (low >>> 0);
    runs.set(run, runs.has(run) ? -1 : start);
  }
  return runs;
}

/** As far as both go on alike, in both directions. */
function takeRun(pairing: Pairing, source: number, at: number): void {
  for (let i = 0; take(pairing, source + i, at + i); i++);
  for (let i = 1; take(pairing, source - i, at - i); i++);
}

function take({ from, to, partnerOf, places }: Pairing, source: number, at: number): boolean {
  if (from[source] === undefined || from[source] !== to[at]) return false;
  if ((partnerOf[source] ?? 0) >= 0 || (places[at] ?? 0) >= 0) return false;
  places[at] = source;
  partnerOf[source] = at;
  return true;
}

/** Between two that follow each other in both texts, words are taken in their order. */
function fillGaps(pairing: Pairing): void {
  const { places } = pairing;
  let before = -1;
  for (let at = 0; at < places.length; at++) {
    if ((places[at] ?? -1) < 0) continue;
    const [start, end] = [before < 0 ? -1 : (places[before] ?? -1), places[at] ?? -1];
    if (start < end) {
      let source = start + 1;
      for (let gap = before + 1; gap < at; gap++) source = takeNext(pairing, source, end, gap);
    }
    before = at;
  }
}

/** The next place to look at: behind the word that was taken, or the same. */
function takeNext(pairing: Pairing, start: number, end: number, at: number): number {
  for (let source = start; source < end; source++) if (take(pairing, source, at)) return source + 1;
  return start;
}

// ---- encoding ---------------------------------------------------------------------------------------------------

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** A number as base64 VLQ. */
function encode(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = "";
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += DIGITS[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}
