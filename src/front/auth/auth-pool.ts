// The auth processes of one group, as the supervisor lists them, and the questions that wait while there is none. The one with
// the fewest questions gets the next. What was asked of a process that has ended is asked again: hooks decide and change
// nothing. One of these questions may be what has ended it, so that they are asked apart from each other at first, and the
// one that a second process ends under is given up; nobody else's is.

import type { Clock, Timer } from "../../core/clock.ts";
import { Deadlines } from "../../core/deadlines.ts";
import type { Backend, WorkerLoad } from "../../link/messages.ts";
import type { LostReport } from "../dispatch/backends.ts";
import { AuthProcess, type AuthProcessOwner, ownerOf } from "./auth-process.ts";
import { type Answered, Inquiry, type Question } from "./inquiry.ts";

export type AuthPoolOptions = {
  clock: Clock;
  timeoutMs: number;
  /** Nothing is left on a process that has left the list. */
  onLeft(report: LostReport): void;
};

/** Questions that wait for a process. */
const WAITING_MOST = 1_000;
/** Questions that one process has: each may be as large as a head, and one that hangs reads none of them. */
const ASKED_MOST = 1_000;
const ATTEMPTS_MOST = 3;
/** One whose connection has broken off has ended, or is about to; the list will tell. */
const REST_MS = 100;

export class AuthPool implements AuthProcessOwner {
  readonly #options: AuthPoolOptions;
  readonly #deadlines: Deadlines;
  readonly #listed = new Map<string, AuthProcess>();
  readonly #leaving = new Set<AuthProcess>();
  #waiting: Inquiry[] = [];
  /** A process has ended under these: they wait for their turn, or are asked again. */
  #suspects: Inquiry[] = [];
  readonly #tried = new Set<Inquiry>();
  /** One of them that is asked by itself. */
  #lone: Inquiry | undefined;
  /** How many of them are asked at once: more with each answer, and one again when a process has ended. */
  #atOnce = 1;
  #rest: Timer | undefined;
  /** The generation whose verdicts hold. */
  generation = 0;

  constructor(options: AuthPoolOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines(options.clock, options.timeoutMs);
  }

  get loads(): WorkerLoad[] {
    return [...this.#listed.values(), ...this.#leaving].map(({ load }) => load);
  }

  /** `owner`: see ownerOf. Rejects with a GwError when there is no answer in time. */
  ask(question: Question, owner?: string): Promise<Answered> {
    const inquiry = new Inquiry(question, owner);
    this.#deadlines.touch(inquiry);
    this.#put(inquiry);
    return inquiry.answered;
  }

  /** The supervisor's list replaces the one before. */
  setBackends(backends: readonly Backend[]): void {
    const sockets = new Set(backends.map(({ socket }) => socket));
    for (const [socket, peer] of this.#listed) {
      if (sockets.has(socket)) continue;
      this.#listed.delete(socket);
      this.#leaving.add(peer);
      this.#letGo(peer);
    }
    for (const backend of backends) {
      const known = this.#listed.get(backend.socket);
      if (known) known.backend = backend;
      else this.#listed.set(backend.socket, new AuthProcess(backend, this));
      this.generation = Math.max(this.generation, backend.generation);
    }
    this.#askWaiting();
  }

  /** What is asked there goes elsewhere. */
  condemn(socket: string): void {
    for (const peer of [...this.#listed.values(), ...this.#leaving])
      if (peer.backend.socket === socket) {
        peer.isCondemned = true;
        peer.close();
      }
  }

  onLost(peer: AuthProcess, inquiries: Inquiry[], hadThem: boolean): void {
    peer.restsUntil = this.#options.clock.now() + REST_MS;
    for (const inquiry of inquiries) inquiry.release(hadThem);
    if (hadThem) this.#suspect(inquiries);
    else for (const inquiry of inquiries) this.#put(inquiry);
    this.#letGo(peer);
    this.#watchResting();
  }

  onAnswered(peer: AuthProcess, inquiry: Inquiry): void {
    if (this.#tried.delete(inquiry) && inquiry.isAnswered) this.#atOnce *= 2;
    this.#letGo(peer);
    if (this.#suspects.length > 0) this.#askSuspects();
    if (this.#waiting.length > 0) this.#askNext();
  }

  /** Its place is the next one's. */
  #askNext(): void {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift())
      if (!next.isOver) return this.#put(next);
  }

  #suspect(inquiries: readonly Inquiry[]): void {
    const before = inquiries.filter((inquiry) => this.#tried.delete(inquiry));
    const culprit = before.length === 1 ? before[0] : undefined;
    for (const inquiry of inquiries) {
      if (inquiry === culprit || inquiry.attempts >= ATTEMPTS_MOST) inquiry.fail("auth_unavailable");
      else this.#suspects.push(inquiry);
    }
    if (inquiries.length > 0) this.#atOnce = 1;
    this.#askSuspects();
  }

  #askSuspects(): void {
    this.#suspects = this.#suspects.filter(({ isOver }) => !isOver);
    for (let next = this.#suspects[0]; next && this.#maySuspectBeAsked(next); next = this.#suspects[0]) {
      const peer = this.#choose(next.owner);
      if (!peer) return this.#watchResting();
      this.#suspects.shift();
      this.#tried.add(next);
      if (next.attempts > 1) this.#lone = next;
      peer.ask(next);
    }
  }

  /** Two processes have ended under those that have had two: one of them by itself shows whether it was that. */
  #maySuspectBeAsked({ attempts }: Inquiry): boolean {
    if (this.#lone && this.#tried.has(this.#lone)) return false;
    return this.#tried.size < (attempts > 1 ? 1 : this.#atOnce);
  }

  #put(inquiry: Inquiry): void {
    const peer = this.#choose(inquiry.owner);
    if (peer) return peer.ask(inquiry);
    if (this.#waiting.length >= WAITING_MOST) this.#waiting = this.#waiting.filter(({ isOver }) => !isOver);
    inquiry.isPostponed = [...this.#listed.values()].some(({ active }) => active >= ASKED_MOST);
    if (this.#waiting.length >= WAITING_MOST) return inquiry.giveUp();
    this.#waiting.push(inquiry);
    this.#watchResting();
  }

  #choose(owner: string | undefined): AuthProcess | undefined {
    const now = this.#options.clock.now();
    let best: AuthProcess | undefined;
    for (const peer of this.#listed.values()) {
      if (peer.restsUntil > now || peer.isCondemned || peer.active >= ASKED_MOST) continue;
      if (owner !== undefined && ownerOf(peer.backend.socket) === owner) return peer;
      const more = best ? peer.active - best.active || peer.asked - best.asked : -1;
      if (more < 0) best = peer;
    }
    return best;
  }

  /** One that rests may have closed its connection and nothing else: no list would wake who waits. */
  #watchResting(): void {
    if (this.#rest || this.#listed.size === 0) return;
    this.#rest = this.#options.clock.after(REST_MS, () => {
      this.#rest = undefined;
      this.#askWaiting();
    });
  }

  #askWaiting(): void {
    const waiting = this.#waiting.splice(0).filter(({ isOver }) => !isOver);
    for (const inquiry of waiting) this.#put(inquiry);
    this.#askSuspects();
  }

  #letGo(peer: AuthProcess): void {
    if (peer.active > 0 || !this.#leaving.delete(peer)) return;
    const { socket, pid } = peer.backend;
    const { hasAnswered } = peer;
    peer.close();
    this.#options.onLeft({
      socket,
      pid,
      requests: [],
      count: 0,
      cut: 0,
      hasAnswered,
      isUnclear: false,
      hasLeft: true,
    });
  }
}
