// What was answered about credentials a moment ago, so that not every request asks anew. Pure.

import { createHmac } from "node:crypto";

export type VerdictsForm = {
  /** Of at least 16 random bytes, for this process alone: who reads its memory can try no passwords on what is kept here. */
  key: Uint8Array;
  /** How long an answer holds, from when it came. With 0 nothing is kept. */
  keptMs: number;
  /** The oldest go when there are more. */
  most: number;
};

/**
 * Answers of any shape by what they were about. Neither passwords nor anything that they could be had from faster than by
 * guessing is in a key. Instants are of the monotonic clock, in milliseconds.
 */
export class Verdicts<V> {
  readonly #form: VerdictsForm;
  /** In the order in which they came, and so in that in which they end. */
  readonly #kept = new Map<string, { verdict: V; endsMs: number }>();

  constructor(form: VerdictsForm) {
    this.#form = form;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** False where nothing is ever kept: then there is no need of keys. */
  get keepsAny(): boolean {
    return this.#form.keptMs > 0 && this.#form.most > 0;
  }

  /**
   * The key for an answer that hangs on nothing but these: the credentials, and all that a hook was shown beside them. No two
   * different lists have the same one.
   */
  keyOf(parts: readonly string[]): string {
    // As JSON no two lists are the same text, and halves of characters are not all the same one.
    return createHmac("sha256", this.#form.key).update(JSON.stringify(parts)).digest("base64");
  }

  get(key: string, nowMs: number): V | undefined {
    const found = this.#kept.get(key);
    if (!found) return undefined;
    if (nowMs < found.endsMs) return found.verdict;
    this.#kept.delete(key);
    return undefined;
  }

  set(key: string, verdict: V, nowMs: number): void {
    if (!this.keepsAny) return;
    this.#kept.delete(key);
    this.#kept.set(key, { verdict, endsMs: nowMs + this.#form.keptMs });
    for (const [oldest, { endsMs }] of this.#kept) {
      if (endsMs > nowMs && this.#kept.size <= this.#form.most) return;
      this.#kept.delete(oldest);
    }
  }

  /** For what is known to hold no more, such as another version of the hooks. */
  clear(): void {
    this.#kept.clear();
  }
}
