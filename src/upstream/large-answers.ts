// Which paths had large answers lately. Over HTTP/2 a large answer comes in pieces of 16 kB, each with its frame, and costs up
// to three times the processor time: such a path goes by HTTP/1.1 the next time. A guess, which may be wrong either way.

/** An answer of more bytes than this is large. */
export const LARGE_BYTES = 32_768;

/** Both bound what clients can make the front remember. */
const PATHS_MOST = 1024;
const PATH_LENGTH_MOST = 256;

export class LargeAnswers {
  readonly #paths = new Set<string>();

  /** The answer to a request with this target is large. */
  note(target: string): void {
    const path = pathOf(target);
    if (path.length > PATH_LENGTH_MOST) return;
    if (this.#paths.size >= PATHS_MOST) this.#paths.clear();
    this.#paths.add(path);
  }

  /** Whether the next answer to such a target is likely to be large. */
  expects(target: string): boolean {
    return this.#paths.size > 0 && this.#paths.has(pathOf(target));
  }
}

function pathOf(target: string): string {
  const query = target.indexOf("?");
  return query < 0 ? target : target.slice(0, query);
}
