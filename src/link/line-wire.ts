// One end of a connection on which both sides speak in lines of JSON: what is said in one turn of the loop leaves in one write,
// and what comes is cut into lines. Knows nothing of what they say.

import { LineReader } from "./lines.ts";

/** The socket, as far as it is used here. */
export interface LineSocket {
  /** How many bytes were taken; -1 when there is no connection any more. */
  write(bytes: Uint8Array): number;
  /** Closes at once. */
  terminate(): void;
}

export type LineWireOptions = {
  /** Longest line that is read, in characters. */
  limit: number;
  onLine(line: string): void;
  /** A line was longer. */
  onTooLong(): void;
  afterTurn?: (act: () => void) => void;
};

export class LineWire {
  readonly #options: LineWireOptions;
  readonly #reader: LineReader;
  #socket: LineSocket | undefined;
  #text = "";
  /** What the kernel did not take at once. */
  #rest: Uint8Array | undefined;
  #isScheduled = false;

  constructor(options: LineWireOptions) {
    this.#options = options;
    this.#reader = new LineReader(options.limit);
  }

  /** What was said before leaves now. */
  attach(socket: LineSocket): void {
    this.#socket = socket;
    this.#flush();
  }

  say(message: object): void {
    this.#text += `${JSON.stringify(message)}\n`;
    if (this.#isScheduled || !this.#socket) return;
    this.#isScheduled = true;
    (this.#options.afterTurn ?? setImmediate)(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  received(bytes: Uint8Array): void {
    for (const line of this.#reader.push(bytes)) this.#options.onLine(line);
    if (this.#reader.isTooLong) this.#options.onTooLong();
  }

  /** The kernel takes more. */
  drained(): void {
    this.#flush();
  }

  close(): void {
    this.#socket?.terminate();
    this.#socket = undefined;
  }

  #flush(): void {
    const socket = this.#socket;
    if (!socket) return;
    if (this.#rest) {
      this.#rest = restOf(this.#rest, socket.write(this.#rest));
      if (this.#rest) return;
    }
    if (this.#text === "") return;
    const bytes = Buffer.from(this.#text);
    this.#text = "";
    this.#rest = restOf(bytes, socket.write(bytes));
  }
}

function restOf(bytes: Uint8Array, taken: number): Uint8Array | undefined {
  return taken >= bytes.length ? undefined : bytes.subarray(Math.max(taken, 0));
}
