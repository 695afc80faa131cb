// Descriptors that are kept for files that workers hand over: one that comes while the system has none left would be lost, and with it the
// answer. While some of them are missing no worker is asked for another file; it sends the bytes itself.

import { closeSync, openSync } from "node:fs";

/** So many files may come that were asked for before it was known. */
const SPARES = 16;
const NOTHING = "/dev/null";

export class SpareDescriptors {
  readonly #spares: number[] = [];

  /** All are there, or could be had just now. */
  get isFull(): boolean {
    while (this.#spares.length < SPARES) {
      try {
        this.#spares.push(openSync(NOTHING, "r"));
      } catch {
        return false; // That there are none left is what they are for.
      }
    }
    return true;
  }

  /** Room for one that is about to come; nothing else may be opened in between. */
  giveUpOne(): void {
    const fd = this.#spares.pop();
    if (fd !== undefined) closeSync(fd);
  }

  close(): void {
    for (const fd of this.#spares.splice(0)) closeSync(fd);
  }
}
