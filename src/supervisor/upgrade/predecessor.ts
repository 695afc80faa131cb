// The gw that this one follows, as this one sees it: what it leaves behind, when it lets go, and what it counts until it ends.

import { VERSION } from "../../core/version.ts";
import type { Led, PortHolder } from "../fronts/steering.ts";
import { type Estate, type FromNew, type Inheritance, UPGRADE_PROTOCOL } from "./messages.ts";
import { readFromOld } from "./read-messages.ts";

/** What joins this process with the gw that has started it, to be followed by it. */
export interface OldChannel {
  say(message: FromNew): void;
  /** Resolves when it is on its way. */
  deliver(message: FromNew): Promise<void>;
  listen(onMessage: (raw: unknown) => void): void;
  onLost(act: () => void): void;
}

type CountedThere = Pick<Estate, "samples" | "restarts">;

/** Whom it tells what concerns others. */
export type PredecessorOwner = {
  /** Has a front end lead new connections to these listeners; resolves to the reason why it could not. */
  steer(listeners: number[]): Promise<string | undefined>;
  /** Resolves to the reason why this gw does not serve now; undefined when it does. */
  prove(): Promise<string | undefined>;
  /** Front ends as the kernel numbers their listeners. */
  arrange(order: PortHolder[]): void;
  count(counted: CountedThere): void;
};

export class Predecessor {
  readonly #channel: OldChannel;
  readonly #inherited = Promise.withResolvers<Inheritance>();
  readonly #asked = Promise.withResolvers<Estate>();
  readonly #main = Promise.withResolvers<void>();
  readonly #released = Promise.withResolvers<void>();
  readonly #alone = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  readonly #abandoned = Promise.withResolvers<never>();
  readonly #ids = new Map<PortHolder, number>();
  #owner: PredecessorOwner | undefined;
  #count = 0;
  #hasTaken = false;
  #isGone = false;

  /** Greets, as a gw that can take over does. */
  constructor(channel: OldChannel) {
    this.#channel = channel;
    this.#abandoned.promise.catch(() => {});
    channel.onLost(() => this.#lose());
    channel.listen((raw) => this.#hear(raw));
    channel.say({ type: "hello", protocol: UPGRADE_PROTOCOL, version: VERSION });
  }

  /** What it hands over at the beginning; never, where it has gone before. */
  get inherited(): Promise<Inheritance> {
    return this.#inherited.promise;
  }

  /** Rejects when it has gone before this gw could live without it. */
  get whenAbandoned(): Promise<never> {
    return this.#abandoned.promise;
  }

  /** This is the gw that counts. */
  get whenMain(): Promise<void> {
    return this.#main.promise;
  }

  /** Its port for metrics is free. */
  get whenReleased(): Promise<void> {
    return this.#released.promise;
  }

  get whenGone(): Promise<void> {
    return this.#gone.promise;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Whom Steering tells of its listeners meanwhile. */
  get led(): Led {
    return {
      released: this.#alone.promise,
      bound: (front) => this.#say({ type: "bound", id: this.#idOf(front) }),
      closed: (front) => {
        this.#say({ type: "closed", id: this.#idOf(front) });
        // One that binds anew is another one.
        this.#ids.delete(front);
      },
    };
  }

  follow(owner: PredecessorOwner): void {
    this.#owner = owner;
  }

  /** Nothing has come of this gw: the other one is to serve on. Resolves when it has been told. */
  async refuse({ message, detail }: { message: string; detail?: string | undefined }): Promise<void> {
    if (this.#isGone || this.#hasTaken) return;
    await this.#channel.deliver({ type: "refused", message, ...(detail !== undefined && { detail }) });
  }

  /** All of this gw is ready. Resolves when it is to take the server root. */
  ready(workers: number): Promise<Estate> {
    this.#say({ type: "ready", workers });
    return Promise.race([this.#asked.promise, this.whenAbandoned]);
  }

  /** From now on this gw lives on, whatever becomes of the other one. */
  taken(): void {
    this.#hasTaken = true;
    this.#say({ type: "taken" });
  }

  /** What it still has is to wait where these are paused, and nowhere else. */
  pause(pauses: Estate["pauses"]): void {
    this.#say({ type: "paused", pauses });
  }

  /** It is to stop; `whenGone` tells that it has. */
  stop(): void {
    this.#say({ type: "stop" });
  }

  #say(message: FromNew): void {
    if (!this.#isGone) this.#channel.say(message);
  }

  #idOf(front: PortHolder): number {
    const id = this.#ids.get(front) ?? ++this.#count;
    this.#ids.set(front, id);
    return id;
  }

  #hear(raw: unknown): void {
    const said = readFromOld(raw);
    if (!said) return;
    switch (said.type) {
      case "inherit":
        return this.#inherited.resolve(said.inheritance);
      case "steer":
        return void this.#answer("steered", said.id, (owner) => owner.steer(said.listeners));
      case "prove":
        return void this.#answer("proved", said.id, (owner) => owner.prove());
      case "take":
        return this.#asked.resolve(said.estate);
      case "main":
        return this.#main.resolve();
      case "released":
        return this.#released.resolve();
      case "alone":
        this.#owner?.arrange(said.order.flatMap((id) => this.#frontCalled(id) ?? []));
        return this.#alone.resolve();
      case "counted":
        return this.#owner?.count(said);
      default:
        said satisfies never;
    }
  }

  #frontCalled(id: number): PortHolder | undefined {
    return [...this.#ids].find(([, one]) => one === id)?.[0];
  }

  async #answer(
    type: "steered" | "proved",
    id: number,
    ask: (owner: PredecessorOwner) => Promise<string | undefined>,
  ): Promise<void> {
    const reason = this.#owner ? await ask(this.#owner) : "no front end is ready";
    this.#say({ type, id, ...(reason !== undefined && { reason }) });
  }

  #lose(): void {
    this.#isGone = true;
    this.#gone.resolve();
    if (!this.#hasTaken) return this.#abandoned.reject(new Error("the gw that was to be followed has ended"));
    this.#main.resolve();
    this.#released.resolve();
    this.#alone.resolve();
  }
}
