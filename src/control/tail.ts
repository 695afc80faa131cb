// The last lines that gw has shown its operator, its own and the apps': bounded in number and in size, so that an app
// that prints without end costs no more than that.

const MOST_LINES = 1_000;
const MOST_CHARACTERS = 128 * 1024;

export type Follower = (line: string) => void;

export class Tail {
  readonly #mostLines: number;
  readonly #mostCharacters: number;
  #lines: string[] = [];
  /** Lines before this one have been let go; they are cut off together, not one by one. */
  #first = 0;
  #characters = 0;
  readonly #followers = new Set<Follower>();

  constructor(mostLines = MOST_LINES, mostCharacters = MOST_CHARACTERS) {
    this.#mostLines = mostLines;
    this.#mostCharacters = mostCharacters;
  }

  keep(line: string): void {
    this.#lines.push(line);
    this.#characters += line.length;
    while (this.#lines.length - this.#first > this.#mostLines || this.#characters > this.#mostCharacters) {
      this.#characters -= this.#lines[this.#first]?.length ?? 0;
      this.#lines[this.#first++] = "";
    }
    if (this.#first > this.#mostLines) {
      this.#lines = this.#lines.slice(this.#first);
      this.#first = 0;
    }
    for (const follower of this.#followers) follower(line);
  }

  /** The oldest first. */
  recent(): string[] {
    return this.#lines.slice(this.#first);
  }

  /** Calls with each new line until the answer is called. */
  follow(follower: Follower): () => void {
    this.#followers.add(follower);
    return () => void this.#followers.delete(follower);
  }
}
