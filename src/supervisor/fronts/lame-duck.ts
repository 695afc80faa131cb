// gw is about to stop, and serves as ever until those who send it requests have noticed: health checks hear that it is not ready.

import type { Slot } from "../child/slot.ts";

type ToldFront = Pick<Slot, "send">;

export class LameDuck {
  #isOne = false;

  begin(fronts: Iterable<ToldFront>): void {
    this.#isOne = true;
    for (const front of fronts) this.tell(front);
  }

  /** Also one that has come up since then. */
  tell(front: ToldFront): void {
    if (this.#isOne) front.send({ type: "lameDuck" });
  }
}
