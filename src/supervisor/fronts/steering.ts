// Which of the front ends that share the public port get new connections. A listener that closes takes the connections
// with it that wait to be accepted there; so new ones are led away from it first, and it closes when it has none left.
import { reasonOf } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { ListenerOrder } from "../traffic/listener-order.ts";

/** Whatever stands for a front end: a slot, or one of another gw that takes over, or that is taken over from. */
export type PortHolder = object;

/** A set of front ends that new connections can be led to. */
export interface Steerable {
  has(front: PortHolder): boolean;
  /** Resolves to the reason why the kernel would not; undefined when it is done. */
  steer(listeners: number[]): Promise<string | undefined>;
}

/** Whom is told of each listener as long as this side does not lead. */
export type Led = {
  /** Resolves when this side is alone on the port. */
  released: Promise<void>;
  bound(front: PortHolder): void;
  closed(front: PortHolder): void;
};

const EIGHTHS = 8;

export class Steering {
  readonly #log: Log;
  readonly #order = new ListenerOrder<PortHolder>();
  #target: Steerable | undefined;
  /** Also when nobody else is there yet. */
  #isHolding = false;
  /** About to close its listener. */
  #closing: PortHolder | undefined;
  #closings: Promise<void> = Promise.resolve();
  #hasComplained = false;
  /** What the kernel was last told. */
  #told = "";
  #last: Promise<void> = Promise.resolve();
  readonly #led: Led | undefined;

  /** `led`: while another gw has the port as well, which leads new connections until then. */
  constructor(log: Log, led?: Led) {
    this.#log = log;
    this.#led = led;
    this.#last = led?.released ?? this.#last;
  }

  /** The numbers of the listeners, from the lowest on, as far as they are known here. */
  get order(): readonly PortHolder[] {
    return this.#order.all;
  }

  /** In which order the kernel numbers them, as somebody else knows. */
  arrange(order: readonly PortHolder[]): void {
    this.#order.arrange(order);
  }

  bound(front: PortHolder): void {
    this.#order.bound(front);
    this.#led?.bound(front);
    void this.#update();
  }

  closed(front: PortHolder): void {
    this.#order.closed(front);
    this.#led?.closed(front);
    // With the last listener, what the kernel was told is gone.
    if (this.#order.size === 0) this.#told = "";
    void this.#update();
  }

  /**
   * Has a front close its listener: `close` resolves when it is closed. One at a time; until then new connections go only to
   * listeners whose numbers the closing does not change. Resolves when the rest is steered to again; rejects as `close`
   * does, and the next one is closed all the same.
   */
  closeListener(front: PortHolder, close: () => Promise<void>): Promise<void> {
    const closing = this.#closings.then(() => this.#closeNow(front, close));
    this.#closings = closing.catch(() => {});
    return closing;
  }

  async #closeNow(front: PortHolder, close: () => Promise<void>): Promise<void> {
    this.#closing = front;
    await this.#update();
    try {
      await close();
    } finally {
      this.#closing = undefined;
      this.closed(front);
      await this.#last;
    }
  }

  /** Resolves when new connections go to these, whoever else takes the port from now on. */
  hold(target: Steerable): Promise<void> {
    this.#target = target;
    this.#isHolding = true;
    return this.#update();
  }

  /** Resolves when new connections go to these and no others. */
  aim(target: Steerable): Promise<void> {
    this.#target = target;
    this.#isHolding = false;
    return this.#update();
  }

  /**
   * Resolves when so many eighths of the new connections go to `next`, and the rest to `old`. What is refused here is told
   * by the `aim` that follows.
   */
  async share(old: Steerable, next: Steerable, eighths: number): Promise<void> {
    const numbersOf = (set: Steerable) => this.#order.numbersOf((front) => set.has(front));
    const repeat = (numbers: number[], times: number) => Array.from({ length: times }, () => numbers).flat();
    // The kernel chooses one of a list at random: who stands there more often gets more.
    const wanted = [...repeat(numbersOf(old), EIGHTHS - eighths), ...repeat(numbersOf(next), eighths)];
    if ((await next.steer(wanted)) === undefined) this.#told = wanted.join();
  }

  /** The front ends are told to leave, all of them: there is nobody left to be led anywhere. */
  close(): void {
    this.#target = undefined;
  }

  #update(): Promise<void> {
    this.#last = this.#last.then(() => this.#tell()).catch((error) => this.#complain(reasonOf(error)));
    return this.#last;
  }

  /** Once every listener is one of the target's, the kernel may choose among them as it likes. */
  async #tell(): Promise<void> {
    const target = this.#target;
    const order = this.#order;
    const closing = this.#closing;
    if (!target) return;
    const isWanted = (front: PortHolder) => target.has(front);
    const kept = closing ? order.numbersKeptWithout(closing, isWanted) : [];
    // With a single new listener there is no such number: the kernel then chooses among all that are left, which still serve.
    const listeners = kept.length > 0 ? kept : order.numbersOf(isWanted);
    const isDone = !this.#isHolding && listeners.length === order.size;
    if (isDone) this.#target = undefined;
    const wanted = isDone ? [] : listeners;
    if (listeners.length === 0 || this.#told === wanted.join()) return;
    const reason = await target.steer(wanted);
    if (reason === undefined) this.#told = wanted.join();
    if (reason !== undefined) this.#complain(reason);
  }

  #complain(why: string): void {
    if (this.#hasComplained) return;
    this.#hasComplained = true;
    this.#log.warn(
      "new connections cannot be led to the new front ends; some may be reset when old ones close",
      { why },
    );
  }
}
