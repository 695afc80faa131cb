// What apps print, on its way to the operator: cut into lines, tagged with the worker, control characters escaped.
// Nothing here grows without bound: a line is cut in pieces. What a blocked terminal does not take is core/outlet's affair.
import { oneColoredLine, oneLine, withoutColors } from "../../core/log.ts";

/** Longest piece of one line. */
export const PIECE_BYTES = 16 * 1024;
/** Shown where a piece ends that the line goes on after. */
export const CUT_MARK = " [line continues]";

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Cuts a stream of bytes into lines of text without their ends; lines over the limit come in marked pieces. */
export class LineSplitter {
  readonly #onLine: (text: string) => void;
  readonly #buffer = new Uint8Array(PIECE_BYTES);
  #length = 0;
  readonly #decoder = new TextDecoder();

  constructor(onLine: (text: string) => void) {
    this.#onLine = onLine;
  }

  push(bytes: Uint8Array): void {
    let from = 0;
    while (from < bytes.length) {
      const lineFeed = bytes.indexOf(LINE_FEED, from);
      const end = lineFeed < 0 ? bytes.length : lineFeed;
      from = this.#take(bytes, from, end);
      if (lineFeed >= 0) {
        this.#emitLine();
        from = lineFeed + 1;
      }
    }
  }

  /** The stream is over: a last line without a line feed counts too. */
  end(): void {
    if (this.#length > 0) this.#emitLine();
  }

  #take(bytes: Uint8Array, start: number, end: number): number {
    let from = start;
    while (from < end) {
      if (this.#length === PIECE_BYTES) this.#emitPiece();
      const count = Math.min(end - from, PIECE_BYTES - this.#length);
      this.#buffer.set(bytes.subarray(from, from + count), this.#length);
      this.#length += count;
      from += count;
    }
    return from;
  }

  #emitLine(): void {
    const isDos = this.#buffer[this.#length - 1] === CARRIAGE_RETURN;
    const length = this.#length - (isDos ? 1 : 0);
    this.#onLine(this.#decoder.decode(this.#buffer.subarray(0, length)));
    this.#length = 0;
  }

  #emitPiece(): void {
    const cut = wholeCharacters(this.#buffer);
    this.#onLine(this.#decoder.decode(this.#buffer.subarray(0, cut)) + CUT_MARK);
    this.#buffer.copyWithin(0, cut);
    this.#length = PIECE_BYTES - cut;
  }
}

/** Length of the longest prefix that does not end inside a UTF-8 character. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= 3; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte < 0xc0) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return size > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** Reads a child's stream to its end, whatever happens to the lines. `whenRoom` is asked before more is read. */
export async function pumpLines(
  stream: AsyncIterable<Uint8Array>,
  onLine: (text: string) => void,
  whenRoom: () => Promise<void> | undefined = () => undefined,
): Promise<void> {
  const splitter = new LineSplitter(onLine);
  try {
    for await (const chunk of stream) {
      splitter.push(chunk);
      await whenRoom();
    }
  } catch {
    // A pipe that breaks ends the output like one that is closed.
  }
  splitter.end();
}

/** Longest line that is waited for. */
const WAITING_BYTES = 1024 * 1024;

/**
 * Hands on what is whole lines already, as they come, without looking at them. It never waits for who takes them: whoever writes
 * them is not to be held up.
 */
export async function pumpWholeLines(
  stream: AsyncIterable<Uint8Array>,
  onLines: (lines: Uint8Array) => void,
): Promise<void> {
  let rest: Uint8Array = new Uint8Array(0);
  try {
    for await (const chunk of stream) {
      const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      const end = bytes.lastIndexOf(LINE_FEED) + 1;
      if (end > 0) onLines(bytes.slice(0, end));
      rest = bytes.length - end > WAITING_BYTES ? new Uint8Array(0) : bytes.slice(end);
    }
  } catch {
    // As above. A last line without its end is half of one, and nobody's.
  }
}

/** One line of a child's output as the operator sees it. Its colours are for terminals, and nothing else that they obey passes. */
export function tagLine(who: string, text: string, hasColors = false): string {
  return `[${who}] ${hasColors ? oneColoredLine(text) : oneLine(withoutColors(text))}`;
}
