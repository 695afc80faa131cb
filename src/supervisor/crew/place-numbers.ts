// The numbers of the places of one generation, unique among all its groups, so that `--worker 3` means one worker. A number
// that was given back is taken again before a new one is made.

export class PlaceNumbers {
  readonly #taken = new Set<number>();

  take(): number {
    let number = 1;
    while (this.#taken.has(number)) number++;
    this.#taken.add(number);
    return number;
  }

  give(number: number): void {
    this.#taken.delete(number);
  }
}
