// The sockets that share the public port, in the order in which the kernel numbers them: each new one comes last, and when
// one closes, the last one takes its number (reuseport_detach_sock in net/core/sock_reuseport.c). Pure.

export class ListenerOrder<Holder> {
  readonly #holders: Holder[] = [];

  get size(): number {
    return this.#holders.length;
  }

  /** From the lowest number on. */
  get all(): readonly Holder[] {
    return this.#holders;
  }

  /** Those that are there, in this order; one that it does not name comes last. */
  arrange(order: readonly Holder[]): void {
    const known = order.filter((holder) => this.#holders.includes(holder));
    const others = this.#holders.filter((holder) => !known.includes(holder));
    this.#holders.splice(0, this.#holders.length, ...known, ...others);
  }

  bound(holder: Holder): void {
    if (!this.#holders.includes(holder)) this.#holders.push(holder);
  }

  closed(holder: Holder): void {
    const at = this.#holders.indexOf(holder);
    if (at < 0) return;
    const last = this.#holders.pop();
    if (last !== undefined && at < this.#holders.length) this.#holders[at] = last;
  }

  /** Numbers of those that are wanted and that keep them when this one closes: the last one takes its number then. */
  numbersKeptWithout(closing: Holder, isWanted: (holder: Holder) => boolean): number[] {
    const last = this.#holders.length - 1;
    return this.numbersOf((holder) => holder !== closing && isWanted(holder)).filter(
      (number) => number !== last || this.#holders[last] === closing,
    );
  }

  /** Numbers of those that are wanted. */
  numbersOf(isWanted: (holder: Holder) => boolean): number[] {
    return this.#holders.flatMap((holder, number) => (isWanted(holder) ? [number] : []));
  }
}
