// A client who is told that it is not let in: nothing of what it sends is looked at.

import type { Deadlines, Due } from "../../../core/deadlines.ts";
import type { RawSocket, SocketListener } from "./socket.ts";

export class TurnedAway implements SocketListener, Due {
  dueAt = 0;
  earlier: Due | undefined;
  later: Due | undefined;
  list: Deadlines | undefined;
  readonly #socket: RawSocket;

  constructor(socket: RawSocket) {
    this.#socket = socket;
  }

  /** All or nothing, and the end. False: the connection is closed already. */
  tell(text: string): boolean {
    const isTold = this.#socket.write(text, "latin1") === text.length;
    if (isTold) this.#socket.shutdown();
    else this.#socket.close();
    return isTold;
  }

  onDue(): void {
    this.#socket.close();
  }

  onData(): void {}

  onDrain(): void {}

  onEnd(): void {
    this.#socket.close();
  }

  onClosed(): void {
    this.list?.remove(this);
  }
}
