// The listens that an app has begun while it starts: those under way, and those that came to nothing. A start has not
// succeeded before all of them have, unless the app itself went on to another port, as it may after an error that it
// has seen.

import { errorMonitor } from "node:events";
import type { Server } from "node:net";
import { GwError, reasonOf } from "../../core/errors.ts";
import { type Address, describeAddress, portOf } from "./address.ts";

type ListenFailure = { error: GwError; thrown: unknown; begunBefore: number };

export class BegunListens {
  #begun = 0;
  #isStarting = true;
  readonly #pending = new Set<Server>();
  readonly #failures: ListenFailure[] = [];
  readonly #onUnhandled: (error: GwError) => void;
  #onSettled: (() => void) | undefined;

  /** `onUnhandled`: the error of a server whose program has no listener for errors, before the program learns of it. */
  constructor(onUnhandled: (error: GwError) => void) {
    this.#onUnhandled = onUnhandled;
  }

  /** One more, that is not the app's own place. */
  begin(): void {
    this.#begun++;
  }

  fail(address: Address, thrown: unknown): void {
    if (!this.#isStarting) return;
    this.#failures.push({ error: listenFailure(address, thrown), thrown, begunBefore: this.#begun });
  }

  /** Follows a node server from the call of its `listen` to where it comes to. */
  watch(server: Server): void {
    if (!this.#isStarting || this.#pending.has(server)) return;
    this.#pending.add(server);
    const end = () => {
      for (const event of ["listening", "close"]) server.removeListener(event, end);
      server.removeListener(errorMonitor, onError);
      this.#pending.delete(server);
      if (this.#pending.size === 0) this.#onSettled?.();
    };
    const onError = (thrown: Error) => {
      end();
      // What was opened by Bun.serve has told where it was to be.
      if (!this.named(thrown)) this.fail(addressIn(thrown), thrown);
      const error = this.named(thrown);
      if (error && server.listenerCount("error") === 0) this.#onUnhandled(error);
    };
    server.once("listening", end).once("close", end).once(errorMonitor, onError);
  }

  /** The error that gw tells for one that the app let through. */
  named(thrown: unknown): GwError | undefined {
    return this.#failures.find((failure) => failure.thrown === thrown)?.error;
  }

  /** Resolves when none is under way. Rejects with the first that came to nothing. */
  async settle(): Promise<void> {
    if (this.#pending.size > 0) await new Promise<void>((resolve) => (this.#onSettled = resolve));
    // An error is told to the app in the next turn at the latest; what it does then counts.
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (this.#pending.size > 0) return this.settle();
    const failure = this.#failures.find(({ begunBefore }) => begunBefore === this.#begun);
    if (failure) throw failure.error;
  }

  /** What is begun from now on is the app's own affair. */
  endStart(): void {
    this.#isStarting = false;
  }
}

/** As node's errors of listening say it. */
function addressIn(thrown: object): Address {
  const { port, address } = thrown as { port?: unknown; address?: unknown };
  return { port: portOf(port), host: address ? String(address) : "", unix: undefined };
}

function listenFailure(address: Address, thrown: unknown): GwError {
  const { code } = thrown as { code?: unknown };
  const reason = code === "EADDRINUSE" ? "another program is there" : reasonOf(thrown);
  return new GwError("app_listen_failed", { where: describeAddress(address), reason });
}
