// Which paths had large answers lately. Over HTTP/2 a large answer comes in pieces of 16 kB, each with its frame, and costs up
// to three times the processor time: such a path goes by HTTP/1.1 for a while. A guess, which may be wrong either way.

/** An answer of more bytes than this is large. */
export const LARGE_BYTES = 32_768;

/** Both bound what clients can make the front remember. */
const PATHS_MOST = 1024;
const PATH_LENGTH_MOST = 256;

/** After so many requests a path is tried again. One client that asks for much must not decide for all others for good. */
export const REMEMBERED_FOR = 64;

export class LargeAnswers {
  /** By path: for how many more requests the answer is taken to be large. */
  readonly #paths = new Map<string, number>();

  /** The answer to a request with this target is large. */
  note(target: string): void {
    const path = pathOf(target);
    if (path.length > PATH_LENGTH_MOST) return;
    if (this.#paths.size >= PATHS_MOST) this.#paths.clear();
    this.#paths.set(path, REMEMBERED_FOR);
  }

  /** Whether answers to such a target are taken to be large now. */
  knows(target: string): boolean {
    return this.#paths.size > 0 && this.#paths.has(pathOf(target));
  }

  /** Whether the answer to the next request, which has such a target, is likely to be large. Asked once for each request. */
  expects(target: string): boolean {
    if (this.#paths.size === 0) return false;
    const path = pathOf(target);
    const left = this.#paths.get(path);
    if (left === undefined) return false;
    if (left > 1) this.#paths.set(path, left - 1);
    else this.#paths.delete(path);
    return true;
  }
}

function pathOf(target: string): string {
  const query = target.indexOf("?");
  return query < 0 ? target : target.slice(0, query);
}
