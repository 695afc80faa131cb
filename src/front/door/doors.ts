// Several doors as one, each with a place and a protocol of its own: clients are counted together, and what is said to one
// is said to all.

import type { Sample } from "../../link/figures.ts";
import type { ListenerSetup } from "../../link/setups.ts";
import type { Metric } from "../../metrics/table.ts";
import type { ConnectionCounter, Door } from "./door.ts";
import { HandshakeCounts } from "./handshake-counts.ts";

export class Doors implements Door {
  readonly #all: { door: Door; place: ListenerSetup }[] = [];
  /** Where the one is that is being opened, or was last. */
  opening: ListenerSetup | undefined;
  /** Of all doors that speak TLS. */
  readonly handshakes = new HandshakeCounts();
  /** Whom each door is to tell of its connections; what is told further is how many there are at all doors. */
  readonly counter: ConnectionCounter;

  constructor(counter: ConnectionCounter) {
    this.counter = { count: () => counter.count(this.connections) };
  }

  /** `place`: where it is to be. */
  add(door: Door, place: ListenerSetup): void {
    this.#all.push({ door, place });
  }

  get connections(): number {
    return this.#all.reduce((sum, { door }) => sum + door.connections, 0);
  }

  get accepted(): number {
    return this.#all.reduce((sum, { door }) => sum + door.accepted, 0);
  }

  /** All that was counted since the start. */
  get figures(): Sample[] {
    const accepted = { metric: "gw_connections_total" satisfies Metric, labels: [], value: this.accepted };
    return [accepted, ...this.handshakes.read()];
  }

  /** One after the other; resolves with the port of the first one. */
  async listen(): Promise<number> {
    const ports: number[] = [];
    for (const { door, place } of this.#all) {
      this.opening = place;
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
