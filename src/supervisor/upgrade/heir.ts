// The next gw, as the one that runs sees it: whether it is one, how far it is, and its front ends, to which new connections can
// be led.

import { type Clock, pause, within } from "../../core/clock.ts";
import { GwError, reasonOf } from "../../core/errors.ts";
import type { PortHolder, Steerable } from "../fronts/steering.ts";
import { type Estate, type FromNew, type FromOld, UPGRADE_PROTOCOL } from "./messages.ts";
import { readFromNew } from "./read-messages.ts";
import type { HeirOrder, HeirProcess, SpawnHeir } from "./spawn-heir.ts";

/** Whom it tells what concerns others. */
export type HeirOwner = {
  /** One of its front ends listens on the ports, or does so no longer. */
  bound(front: PortHolder): void;
  closed(front: PortHolder): void;
  /** Whose requests are to wait, in both. */
  onPaused(pauses: Estate["pauses"]): void;
  /** It is to stop, and so is this gw. */
  onStop(): void;
};

export type HeirSetup = { clock: Clock; spawn: SpawnHeir; order: HeirOrder; path: string; owner: HeirOwner };

/** A program that is no gw may never say a word. */
const HELLO_MS = 10_000;
const STEER_MS = 1_000;
/** It has next to nothing to do. */
const TAKE_MS = 10_000;
const LEAVE_MS = 10_000;
/** In all, and for one answer; a machine may be busy for a moment. */
const PROVE_MS = 10_000;
const PROOF_MS = 2_000;
const PROVE_AGAIN_MS = 200;
const SILENT = "the new gw did not answer";

export class Heir implements Steerable {
  readonly #setup: HeirSetup;
  readonly #child: HeirProcess;
  readonly #fronts = new Map<number, PortHolder>();
  readonly #hello = Promise.withResolvers<{ version: string }>();
  readonly #ready = Promise.withResolvers<number>();
  readonly #taken = Promise.withResolvers<void>();
  readonly #failed = Promise.withResolvers<never>();
  readonly #gone = Promise.withResolvers<void>();
  readonly #questions = new Map<number, (reason: string | undefined) => void>();
  #asked = 0;
  /** It did not answer when it was last asked for a proof. */
  #isSilent = false;

  /** Throws a GwError where the system cannot run it. */
  constructor(setup: HeirSetup) {
    this.#setup = setup;
    this.#failed.promise.catch(() => {});
    const events = { onMessage: (raw: unknown) => this.#hear(raw), onExit: (how: string) => this.#end(how) };
    try {
      this.#child = setup.spawn(setup.order, events);
    } catch (error) {
      throw this.#refusal(`it cannot be run: ${reasonOf(error)}`);
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** As it was given. */
  get path(): string {
    return this.#setup.path;
  }

  /** Rejects with the GwError that keeps it from taking over, also when it ends. */
  get whenLost(): Promise<never> {
    return this.#failed.promise;
  }

  get whenGone(): Promise<void> {
    return this.#gone.promise;
  }

  /** What it says of itself first. */
  greeting(): Promise<{ version: string }> {
    return this.#inTime(HELLO_MS, this.#hello.promise, "it has not answered as a gw that can take over does");
  }

  /** Resolves with the number of its workers. */
  ready(withinMs: number): Promise<number> {
    return this.#inTime(
      withinMs,
      this.#ready.promise,
      `it was not ready within ${Math.round(withinMs / 1000)} s`,
    );
  }

  /** Resolves when it has the server root. */
  taken(): Promise<void> {
    return this.#inTime(TAKE_MS, this.#taken.promise, "it has not taken the server root");
  }

  send(message: FromOld): void {
    this.#child.send(message);
  }

  has(front: PortHolder): boolean {
    return [...this.#fronts.values()].includes(front);
  }

  /** Ids of its front ends, as they stand in an order of listeners. */
  idsIn(order: readonly PortHolder[]): number[] {
    const ids = new Map([...this.#fronts].map(([id, front]) => [front, id]));
    return order.flatMap((front) => ids.get(front) ?? []);
  }

  steer(listeners: number[]): Promise<string | undefined> {
    return this.#ask(STEER_MS, (id) => ({ type: "steer", id, listeners }));
  }

  /** Resolves as soon as it shows that it serves: a process that has taken everything may have come to a standstill since. */
  async proved(): Promise<void> {
    const { clock } = this.#setup;
    const untilMs = clock.now() + PROVE_MS;
    for (;;) {
      const proof = this.#ask(PROOF_MS, (id) => ({ type: "prove", id }));
      const reason = await Promise.race([proof, this.whenLost]);
      if (reason === undefined) return;
      this.#isSilent = reason === SILENT;
      if (clock.now() >= untilMs)
        throw this.#refusal(`it has all that it needs, and does not serve: ${reason}`);
      await pause(clock, PROVE_AGAIN_MS);
    }
  }

  /** Resolves to the reason why it does not do it; undefined when it has. */
  #ask(withinMs: number, question: (id: number) => FromOld): Promise<string | undefined> {
    const id = ++this.#asked;
    const answer = new Promise<string | undefined>((resolve) => this.#questions.set(id, resolve));
    this.send(question(id));
    return within(this.#setup.clock, withinMs, answer, SILENT).finally(() => this.#questions.delete(id));
  }

  /** It is wanted no more. Resolves when it has ended; one that stands still would not leave by itself. */
  async leave(): Promise<void> {
    const isGone = this.#gone.promise.then(() => true);
    this.#child.signal("SIGTERM");
    if (!this.#isSilent && (await within(this.#setup.clock, LEAVE_MS, isGone, false))) return;
    this.#child.signal("SIGKILL");
    await this.#gone.promise;
  }

  async #inTime<T>(ms: number, wanted: Promise<T>, late: string): Promise<T> {
    const tooLate = Symbol();
    const got = await within(this.#setup.clock, ms, Promise.race([wanted, this.whenLost]), tooLate);
    if (got === tooLate) throw this.#refusal(late);
    return got as T;
  }

  #hear(raw: unknown): void {
    const said = readFromNew(raw);
    if (!said) return;
    switch (said.type) {
      case "hello":
        return this.#greet(said);
      case "refused":
        return this.#failed.reject(this.#refusal(said.message, said.detail));
      case "bound":
        return this.#bind(said.id);
      case "closed":
        return this.#close(said.id);
      case "ready":
        return this.#ready.resolve(said.workers);
      case "steered":
      case "proved":
        return this.#questions.get(said.id)?.(said.reason);
      case "taken":
        return this.#taken.resolve();
      case "paused":
        return this.#setup.owner.onPaused(said.pauses);
      case "stop":
        return this.#setup.owner.onStop();
      default:
        said satisfies never;
    }
  }

  #greet({ protocol, version }: Extract<FromNew, { type: "hello" }>): void {
    if (protocol === UPGRADE_PROTOCOL) return this.#hello.resolve({ version });
    const why = `gw ${version} takes over in another way than this one knows; stop this one, and start that`;
    this.#failed.reject(this.#refusal(why));
  }

  #bind(id: number): void {
    const front = this.#fronts.get(id) ?? {};
    this.#fronts.set(id, front);
    this.#setup.owner.bound(front);
  }

  #close(id: number): void {
    const front = this.#fronts.get(id);
    this.#fronts.delete(id);
    if (front) this.#setup.owner.closed(front);
  }

  #end(how: string): void {
    this.#failed.reject(this.#refusal(`it ended before it had taken over (${how})`));
    for (const id of [...this.#fronts.keys()].toReversed()) this.#close(id);
    for (const tell of this.#questions.values()) tell("the new gw has ended");
    this.#gone.resolve();
  }

  #refusal(reason: string, detail?: string): GwError {
    return new GwError("upgrade_refused", { path: this.#setup.path, reason }, detail);
  }
}
