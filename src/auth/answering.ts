// The private socket of an auth process: front ends ask here, many questions at once on each connection, and get an answer to
// each in whatever order they are ready. Whoever does not begin with the token is no front end.

import { timingSafeEqual } from "node:crypto";
import { chmodSync } from "node:fs";
import type { Socket } from "bun";
import type { Clock } from "../core/clock.ts";
import { NoTurn } from "../credentials/turns.ts";
import {
  type AuthQuestion,
  type AuthSetup,
  type AuthVerdict,
  QUESTION_LENGTH,
  readQuestion,
} from "../link/auth.ts";
import { LineWire } from "../link/line-wire.ts";

export type AnsweringOptions = {
  clock: Clock;
  listen: AuthSetup["listen"];
  /** How long front ends wait for an answer. */
  timeoutMs: number;
  decide(question: AuthQuestion): Promise<AuthVerdict>;
  /** It could not be decided, and that is no hook's fault. */
  onFailure(thrown: unknown): void;
};

type Asker = { wire: LineWire; isKnown: boolean };

export class Answering {
  readonly #options: AnsweringOptions;
  /** When each question came that is not answered yet. */
  readonly #open = new Set<{ sinceMs: number }>();
  #asked = 0;

  constructor(options: AnsweringOptions) {
    this.#options = options;
  }

  /** Questions that somebody still waits for: a hook may never come to an end. */
  get active(): number {
    const { clock, timeoutMs } = this.#options;
    for (const one of this.#open) {
      // In the order in which they came.
      if (clock.now() - one.sinceMs < timeoutMs) break;
      this.#open.delete(one);
    }
    return this.#open.size;
  }

  /** Questions ever asked. */
  get asked(): number {
    return this.#asked;
  }

  listen(): void {
    const { unix, mode } = this.#options.listen;
    Bun.listen<Asker>({
      unix,
      socket: {
        open: (socket) => {
          socket.data = this.#newAsker(socket);
        },
        data: (socket, bytes) => socket.data.wire.received(bytes),
        drain: (socket) => socket.data.wire.drained(),
        close: (socket) => socket.data?.wire.close(),
        error: (socket) => socket.data?.wire.close(),
      },
    });
    // The front may be somebody else; the directory of the socket says who.
    if (mode !== undefined) chmodSync(unix, mode);
  }

  #newAsker(socket: Socket<Asker>): Asker {
    const asker: Asker = {
      isKnown: false,
      wire: new LineWire({
        limit: QUESTION_LENGTH,
        onLine: (line) => this.#hear(asker, line),
        onTooLong: () => asker.wire.close(),
      }),
    };
    asker.wire.attach(socket);
    return asker;
  }

  #hear(asker: Asker, line: string): void {
    if (!asker.isKnown) {
      asker.isKnown = isSame(line, JSON.stringify({ token: this.#options.listen.token }));
      if (!asker.isKnown) asker.wire.close();
      return;
    }
    const question = readQuestion(line);
    if (question) void this.#answer(asker, question);
    else asker.wire.close();
  }

  async #answer({ wire }: Asker, question: AuthQuestion): Promise<void> {
    const one = { sinceMs: this.#options.clock.now() };
    this.#open.add(one);
    this.#asked++;
    try {
      const verdict = await this.#options.decide(question);
      wire.say({ id: question.id, ...verdict });
    } catch (thrown) {
      // By now nobody waits for it any more.
      if (thrown instanceof NoTurn) return;
      this.#options.onFailure(thrown);
      wire.say({ id: question.id, verdict: "failed" });
    } finally {
      this.#open.delete(one);
    }
  }
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
