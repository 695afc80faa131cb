// One auth process as a front sees it: the questions that it has, and the connection that carries them. It is opened with the
// first question; one that breaks off, or says what is no answer, is given up with all that was asked on it.

import type { Socket } from "bun";
import { ANSWER_LENGTH, type AuthAnswer, readAnswer } from "../../link/auth.ts";
import { LineWire } from "../../link/line-wire.ts";
import type { Backend, WorkerLoad } from "../../link/messages.ts";
import type { Inquiry } from "./inquiry.ts";

export interface AuthProcessOwner {
  /** Its connection is gone, and these were not answered; `hadThem`: they may have reached it. */
  onLost(process: AuthProcess, inquiries: Inquiry[], hadThem: boolean): void;
  /** It has answered, or somebody has given up waiting for it. */
  onAnswered(process: AuthProcess, inquiry: Inquiry): void;
}

/** The word for a process that stands in what it gives to clients: that of its socket, which no other process has. */
export const ownerOf = (socket: string) => socket.slice(socket.lastIndexOf("/") + 1).replace(/\.sock$/, "");

export class AuthProcess {
  backend: Backend;
  readonly #owner: AuthProcessOwner;
  readonly #inquiries = new Map<number, Inquiry>();
  #wire: LineWire | undefined;
  #isOpen = false;
  #asked = 0;
  /** Until this instant nothing new goes there: its connection has broken off, or was refused. */
  restsUntil = 0;
  hasAnswered = false;
  /** It is about to be ended. */
  isCondemned = false;

  constructor(backend: Backend, owner: AuthProcessOwner) {
    this.backend = backend;
    this.#owner = owner;
  }

  /** Questions that it has. */
  get active(): number {
    return this.#inquiries.size;
  }

  /** Questions ever put to it. */
  get asked(): number {
    return this.#asked;
  }

  get load(): WorkerLoad {
    const { slot, pid } = this.backend;
    const { active, hasAnswered } = this;
    return { slot, pid, active, requests: this.#asked, hasAnswered, idleMs: 0 };
  }

  ask(inquiry: Inquiry): void {
    const id = ++this.#asked;
    this.#inquiries.set(id, inquiry);
    inquiry.begin(this, id);
    this.#wire ??= this.#connect();
    this.#wire.say({ id, ...inquiry.question });
  }

  /** Its answer is wanted no more. */
  forget(id: number): void {
    const inquiry = this.#inquiries.get(id);
    this.#inquiries.delete(id);
    if (inquiry) this.#owner.onAnswered(this, inquiry);
  }

  /** Closes the connection; what was asked on it is lost. */
  close(): void {
    const wire = this.#wire;
    if (wire) this.#lose(wire);
  }

  #connect(): LineWire {
    const wire: LineWire = new LineWire({
      limit: ANSWER_LENGTH,
      onLine: (line) => this.#hear(wire, readAnswer(line)),
      onTooLong: () => this.#lose(wire),
    });
    wire.say({ token: this.backend.token });
    Bun.connect({
      unix: this.backend.socket,
      socket: {
        open: (socket: Socket<undefined>) => this.#opened(wire, socket),
        data: (_socket, bytes) => wire.received(bytes),
        drain: () => wire.drained(),
        close: () => this.#lose(wire),
        error: () => this.#lose(wire),
        connectError: () => this.#lose(wire),
      },
    }).catch(() => this.#lose(wire));
    return wire;
  }

  #opened(wire: LineWire, socket: Socket<undefined>): void {
    // It has been given up meanwhile.
    if (wire !== this.#wire) return void socket.terminate();
    this.#isOpen = true;
    wire.attach(socket);
  }

  #hear(wire: LineWire, answer: AuthAnswer | undefined): void {
    if (wire !== this.#wire) return;
    // Whoever says what is no answer may have mixed up the others as well.
    if (!answer) return this.#lose(wire);
    const { id, ...verdict } = answer;
    const inquiry = this.#inquiries.get(id);
    if (!inquiry) return;
    this.#inquiries.delete(id);
    this.hasAnswered = true;
    inquiry.settle({ ...verdict, owner: ownerOf(this.backend.socket) });
    this.#owner.onAnswered(this, inquiry);
  }

  #lose(wire: LineWire): void {
    if (wire !== this.#wire) return;
    const hadThem = this.#isOpen;
    this.#wire = undefined;
    this.#isOpen = false;
    wire.close();
    const lost = [...this.#inquiries.values()];
    this.#inquiries.clear();
    this.#owner.onLost(this, lost, hadThem);
  }
}
