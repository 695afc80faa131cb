// The program's own listeners for the signals that tell a program to end, and for `beforeExit`, by which it hears that it is
// about to end by itself. Neither the kernel nor the runtime calls them: whoever sent a signal, they run when the requests
// are done, once, and gw says when. To the program its `process` looks as ever.

import { EventEmitter } from "node:events";

/** The number of each, as listeners get it beside the name. */
const SIGNALS = { SIGTERM: 15, SIGINT: 2 } as const;
type Signal = keyof typeof SIGNALS;
type HeldEvent = Signal | "beforeExit";

type Event = string | symbol;
type ProgramListener = (this: unknown, ...args: unknown[]) => unknown;
/** What is used of `process`. */
export type SignalledProgram = EventEmitter & {
  pid: number;
  kill(pid: number, signal?: string | number): true;
};

export type ShutdownListenersOptions = {
  program: SignalledProgram;
  /** The program sends one of its signals to itself, and has no listener any more: without gw that ends it. */
  onEnd(): void;
};

export class ShutdownListeners {
  readonly #program: SignalledProgram;
  readonly #onEnd: () => void;
  /** Keeps to the rules of listeners, and nobody else emits on it. */
  readonly #store = new EventEmitter().setMaxListeners(0);
  /** Those that were there before the program: gw's own. */
  readonly #ours = new Map<Event, ReadonlySet<unknown>>();
  #isBegun = false;

  /** From now on all that is registered is the program's, and all that was before is out of its sight and reach. */
  constructor({ program, onEnd }: ShutdownListenersOptions) {
    this.#program = program;
    this.#onEnd = onEnd;
    for (const event of program.eventNames()) this.#ours.set(event, new Set(program.rawListeners(event)));
    this.#replace(this.#subscribing());
    this.#replace(this.#looking());
    this.#replace(this.#removing());
    this.#replace({ emit: this.#emitting(), kill: this.#killing() });
  }

  /**
   * Calls the listeners for SIGTERM, or where there are none those for SIGINT. False when there are none at all.
   * `onCalled` runs when all that they have promised is settled.
   */
  begin(onCalled: () => void): boolean {
    const signal = this.#store.listenerCount("SIGTERM") > 0 ? "SIGTERM" : "SIGINT";
    if (this.#isBegun || this.#store.listenerCount(signal) === 0) return false;
    this.#isBegun = true;
    void Promise.all(this.#call(signal, [signal, SIGNALS[signal]]).map(outlast)).then(onCalled);
    return true;
  }

  /** The process has nothing left to do, and ends if this brings nothing. */
  beforeExit(code: number): void {
    this.#call("beforeExit", [code]);
  }

  /** One that throws does not keep the others from being called; its error is one that nobody caught. */
  #call(signal: HeldEvent, args: unknown[]): unknown[] {
    return this.#store.rawListeners(signal).map((raw) => {
      const once = (raw as { listener?: ProgramListener }).listener;
      if (once) this.#store.removeListener(signal, raw as ProgramListener);
      try {
        return (once ?? (raw as ProgramListener)).apply(this.#program, args);
      } catch (thrown) {
        // Thrown anew, it would be told with this place instead of the app's.
        queueMicrotask(() => reportError(thrown));
        return undefined;
      }
    });
  }

  #subscribing(): object {
    const replaced = (name: "on" | "once" | "addListener" | "prependListener" | "prependOnceListener") => {
      const [store, native] = [this.#store, this.#native(name)];
      return (event: Event, listener: ProgramListener) => {
        if (isHeld(event)) store[name](event, listener);
        else native(event, listener);
        return this.#program;
      };
    };
    return {
      on: replaced("on"),
      once: replaced("once"),
      addListener: replaced("addListener"),
      prependListener: replaced("prependListener"),
      prependOnceListener: replaced("prependOnceListener"),
    };
  }

  #looking(): object {
    const replaced = (name: "listeners" | "rawListeners") => {
      const [store, native] = [this.#store, this.#native(name)];
      return (event: Event): unknown[] =>
        isHeld(event)
          ? store[name](event)
          : (native(event) as unknown[]).filter((one) => !this.#ours.get(event)?.has(one));
    };
    const [listeners, eventNames] = [replaced("listeners"), this.#native("eventNames")];
    return {
      listeners,
      rawListeners: replaced("rawListeners"),
      listenerCount: (event: Event, listener?: ProgramListener) =>
        listeners(event).filter((one) => listener === undefined || one === listener).length,
      eventNames: () => [
        ...(eventNames() as Event[]).filter((event) => !isHeld(event) && listeners(event).length > 0),
        ...this.#store.eventNames(),
      ],
    };
  }

  #removing(): object {
    const [store, native] = [this.#store, this.#native("removeListener")];
    const remove = (event: Event, listener: ProgramListener) => {
      if (isHeld(event)) store.removeListener(event, listener);
      else if (!this.#ours.get(event)?.has(listener)) native(event, listener);
      return this.#program;
    };
    const removeAllListeners = (...events: [Event?]) => {
      const [event] = events;
      const names = event === undefined ? this.#program.eventNames() : [event];
      for (const name of names)
        for (const listener of this.#program.listeners(name)) remove(name, listener as ProgramListener);
      return this.#program;
    };
    return { off: remove, removeListener: remove, removeAllListeners };
  }

  /** A program that emits its own signal calls its own listeners, as anywhere. */
  #emitting(): (event: Event, ...args: unknown[]) => boolean {
    const native = this.#native("emit");
    return (event, ...args) => {
      if (!isHeld(event)) return native(event, ...args) as boolean;
      return this.#call(event, args).length > 0;
    };
  }

  /**
   * Once its listeners have been called, a program that sends itself the signal means what the system would do: call
   * those that are left, or end it. Before that it is a wish to leave like any other, which gw's own handlers hear.
   */
  #killing(): SignalledProgram["kill"] {
    const native = this.#program.kill.bind(this.#program);
    return (pid, signal) => {
      const held = signalOf(signal ?? "SIGTERM");
      if (!held || Number(pid) !== this.#program.pid) return native(pid, signal);
      if (!this.#isBegun) return native(pid, "SIGTERM");
      setImmediate(() => {
        if (this.#call(held, [held, SIGNALS[held]]).length === 0) this.#onEnd();
      });
      return true;
    };
  }

  #native(name: string): (...args: unknown[]) => unknown {
    const found = (this.#program as unknown as Record<string, ProgramListener>)[name] as ProgramListener;
    return found.bind(this.#program);
  }

  #replace(methods: object): void {
    for (const [name, value] of Object.entries(methods)) {
      Object.defineProperty(value, "name", { value: name });
      Object.defineProperty(this.#program, name, { value, configurable: true, writable: true });
    }
  }
}

/** Waits for what a listener has promised. What it rejects with goes on being something that nobody has caught. */
async function outlast(result: unknown): Promise<void> {
  if (!(result instanceof Promise)) return;
  await result.catch((reason: unknown) => void Promise.reject(reason));
}

const isSignal = (event: unknown): event is Signal =>
  typeof event === "string" && Object.hasOwn(SIGNALS, event);

const isHeld = (event: unknown): event is HeldEvent => event === "beforeExit" || isSignal(event);

function signalOf(signal: string | number): Signal | undefined {
  if (isSignal(signal)) return signal;
  return signal === SIGNALS.SIGTERM ? "SIGTERM" : signal === SIGNALS.SIGINT ? "SIGINT" : undefined;
}
