// Several doors as one, each with a port and a protocol of its own: clients are counted together, and what is said to one
// is said to all.

import type { ConnectionCounter, Door } from "./door.ts";

export class Doors implements Door {
  readonly #all: { door: Door; port: number }[] = [];
  /** Of the one that is being opened, or was last. */
  opening = 0;
  /** Whom each door is to tell of its connections; what is told further is how many there are at all doors. */
  readonly counter: ConnectionCounter;

  constructor(counter: ConnectionCounter) {
    this.counter = { count: () => counter.count(this.connections) };
  }

  /** `port`: the one that it is to have. */
  add(door: Door, port: number): void {
    this.#all.push({ door, port });
  }

  get connections(): number {
    return this.#all.reduce((sum, { door }) => sum + door.connections, 0);
  }

  get accepted(): number {
    return this.#all.reduce((sum, { door }) => sum + door.accepted, 0);
  }

  /** One after the other; resolves with the port of the first one. */
  async listen(): Promise<number> {
    const ports: number[] = [];
    for (const { door, port } of this.#all) {
      this.opening = port;
      ports.push(await door.listen());
    }
    return ports[0] ?? 0;
  }

  closeBeyond(most: number): void {
    for (const { door } of this.#all) door.closeBeyond(most);
  }

  endConnections(decide: () => boolean): void {
    for (const { door } of this.#all) door.endConnections(decide);
  }

  drain(): void {
    for (const { door } of this.#all) door.drain();
  }

  closeIdle(): void {
    for (const { door } of this.#all) door.closeIdle();
  }
}
