// Whether this process accepts connections. The runtime accepts whatever the kernel has for it, in one go and to the last
// descriptor; without any it is told again and again that somebody waits, and turns round without a pause. It has no name
// for stopping. So its listening socket is put aside: taken out of the set of descriptors that its loop waits for (epoll),
// and kept under another number, with something in its place that has nobody to accept. Connections wait in the kernel.

import { ptr } from "bun:ffi";
import { openSync } from "node:fs";
import { type Linux, libc } from "./libc.ts";
import type { Outcome, Result } from "./process.ts";

const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const O_CLOEXEC = 0o2000000;

/** What the runtime asked epoll to tell it, and the words by which it knows the listener again. */
export type Registration = { epoll: number; events: number; data: bigint };

/** `spare`: the number under which the listening socket is kept while it is put aside. */
type WatchedListener = Registration & { listener: number; spare: number };

/** Stops and goes on accepting, at once, also in the middle of a row of connections. Needs no further descriptor. */
export class AcceptGate {
  readonly #linux: Linux;
  readonly #lastError: () => string;
  readonly #doors: readonly WatchedListener[];
  readonly #nobody: number;
  #isOpen = true;

  constructor(linux: Linux, lastError: () => string, doors: readonly WatchedListener[], nobody: number) {
    this.#linux = linux;
    this.#lastError = lastError;
    this.#doors = doors;
    this.#nobody = nobody;
  }

  /** Descriptors of the listening sockets, which are others while it is closed. */
  get listeners(): readonly number[] {
    return this.#doors.map(({ listener, spare }) => (this.#isOpen ? listener : spare));
  }

  close(): Outcome {
    if (!this.#isOpen) return { ok: true };
    for (const door of this.#doors) {
      const { listener, spare } = door;
      if (!this.#control(EPOLL_CTL_DEL, door)) return this.#refused();
      if (!this.#copy(listener, spare) || !this.#copy(this.#nobody, listener)) {
        const refused = this.#refused();
        this.#control(EPOLL_CTL_ADD, door);
        return refused;
      }
    }
    this.#isOpen = false;
    return { ok: true };
  }

  open(): Outcome {
    if (this.#isOpen) return { ok: true };
    for (const door of this.#doors) {
      const { listener, spare } = door;
      if (!this.#copy(spare, listener) || !this.#control(EPOLL_CTL_ADD, door)) return this.#refused();
      // The runtime closes its own number and no other: a second one would keep the port taken.
      if (!this.#copy(this.#nobody, spare)) return this.#refused();
    }
    this.#isOpen = true;
    return { ok: true };
  }

  #copy(from: number, onto: number): boolean {
    return this.#linux.dup3(from, onto, O_CLOEXEC) === onto;
  }

  #control(operation: number, { epoll, listener, events, data }: WatchedListener): boolean {
    return this.#linux.epoll_ctl(epoll, operation, listener, ptr(encodeEvent(events, data))) === 0;
  }

  #refused(): { ok: false; reason: string } {
    return { ok: false, reason: this.#lastError() };
  }
}

/** For listeners of this process. `registrations`: by descriptor, what the loops of this process wait for. */
export function findGate(
  listeners: readonly number[],
  registrations: Result<ReadonlyMap<number, Registration>>,
): Result<AcceptGate> {
  const library = libc();
  if (!library.available) return { ok: false, reason: library.reason };
  const { linux, lastError } = library;
  if (!linux) return { ok: false, reason: "only Linux has epoll" };
  if (!registrations.ok) return registrations;
  const known = listeners.flatMap((listener) => {
    const registration = registrations.value.get(listener);
    return registration ? [{ ...registration, listener }] : [];
  });
  if (known.length === 0 || known.length < listeners.length)
    return { ok: false, reason: "the runtime's loop does not wait for the listener by epoll" };
  const nobody = openSync("/dev/null", "r");
  const doors = known.map((door) => ({ ...door, spare: openSync("/dev/null", "r") }));
  return { ok: true, value: new AcceptGate(linux, lastError, doors, nobody) };
}

/** struct epoll_event: without a gap on x86-64 alone. */
function encodeEvent(events: number, data: bigint): DataView {
  const dataAt = process.arch === "x64" ? 4 : 8;
  const event = new DataView(new ArrayBuffer(16));
  event.setUint32(0, events, true);
  event.setBigUint64(dataAt, data, true);
  return event;
}
