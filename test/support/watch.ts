// Waiting for a fact that changes when something happens: whoever changes it tells, whoever waits looks again. The bound
// is there to fail loudly.

const WITHIN_MS = 15_000;

export class Watch {
  readonly #looks = new Set<() => void>();

  /** Something has changed. */
  tell(): void {
    for (const look of [...this.#looks]) look();
  }

  /** Resolves with what `find` returns as soon as that is neither undefined nor false. */
  until<T>(
    find: () => T | undefined | false,
    what: () => string,
    withinMs = WITHIN_MS,
  ): Promise<Exclude<T, false>> {
    const { promise, resolve, reject } = Promise.withResolvers<Exclude<T, false>>();
    const look = () => {
      const found = find();
      if (found === undefined || found === false) return;
      finish();
      resolve(found as Exclude<T, false>);
    };
    // biome-ignore lint/plugin: the bound that fails loudly
    const timer = setTimeout(() => {
      finish();
      reject(new Error(`waited ${withinMs} ms in vain for ${what()}`));
    }, withinMs);
    const finish = () => {
      clearTimeout(timer);
      this.#looks.delete(look);
    };
    this.#looks.add(look);
    look();
    return promise;
  }
}
