// Asks a running gw for one command over its control socket, and hands on what it answers.
import type { Clock, Timer } from "../core/clock.ts";
import { codeOf, GwError, reasonOf } from "../core/errors.ts";
import { LineReader } from "../link/lines.ts";
import type { ControlRequest } from "./commands.ts";
import { errorOf, REPLY_LENGTH, type Reply, readReply } from "./protocol.ts";

export type Call = {
  /** Of the control socket. */
  path: string;
  request: ControlRequest;
  clock: Clock;
  /** To take up the command; its work may last longer. */
  answerWithinMs: number;
  onItem?: (item: unknown) => void;
};

export type ControlAnswer = {
  /** The supervisor's. */
  pid: number;
  result: unknown;
  /** Resolves when the server's end is gone. */
  closed: Promise<void>;
};

/** Resolves with the result; rejects with the error that gw named, or with why it could not be asked. */
export function call(given: Call): Promise<ControlAnswer> {
  const conversation = new Conversation(given);
  const { path } = given;
  const connecting = Bun.connect({
    unix: path,
    socket: {
      open: (socket) => conversation.open(socket),
      data: (_, bytes) => conversation.received(bytes),
      drain() {},
      close: () => conversation.closed(),
      error: () => conversation.closed(),
    },
  });
  void connecting.catch((error) => conversation.fail(unreachable(path, refusalOf(error))));
  return conversation.answer.promise;
}

/** Nobody is there: none was started, or it has ended. */
const NOBODY = {
  ENOENT: "there is no control socket",
  ECONNREFUSED: "nobody listens there; the gw that did has ended",
} as const;

const REFUSALS: Readonly<Record<string, string>> = {
  ...NOBODY,
  EACCES: "permission denied; only the user who runs it, or root, may ask",
};

function refusalOf(error: unknown): string {
  return REFUSALS[codeOf(error)] ?? reasonOf(error);
}

function unreachable(path: string, reason: string): GwError {
  return new GwError("control_unreachable", { path, reason });
}

/** Whether this error says that no process listens, rather than that one is silent. */
export function isNobody(error: unknown): boolean {
  return (
    error instanceof GwError &&
    error.cause_ === "control_unreachable" &&
    Object.values<unknown>(NOBODY).includes(error.facts.reason)
  );
}

class Conversation {
  readonly #given: Call;
  readonly answer = Promise.withResolvers<ControlAnswer>();
  readonly #gone = Promise.withResolvers<void>();
  readonly #reader = new LineReader(REPLY_LENGTH);
  readonly #timer: Timer;
  #end: (() => void) | undefined;
  #pid: number | undefined;

  constructor(given: Call) {
    this.#given = given;
    const { clock, answerWithinMs, path } = given;
    this.#timer = clock.after(answerWithinMs, () =>
      this.fail(unreachable(path, `it did not answer within ${answerWithinMs / 1_000} s`)),
    );
  }

  open(socket: Bun.Socket): void {
    this.#end = () => socket.terminate();
    // A request is smaller than any socket's buffer.
    socket.write(`${JSON.stringify(this.#given.request)}\n`);
  }

  received(bytes: Uint8Array): void {
    for (const line of this.#reader.push(bytes)) {
      const reply = readReply(line);
      if (reply) this.#take(reply);
      else this.fail(unreachable(this.#given.path, "what answered is not gw"));
    }
    if (this.#reader.isTooLong) this.fail(unreachable(this.#given.path, "what answered is not gw"));
  }

  closed(): void {
    this.#gone.resolve();
    this.fail(
      this.#pid === undefined
        ? unreachable(this.#given.path, "it closed the connection without a word")
        : new GwError("control_lost", { pid: this.#pid }),
    );
  }

  fail(error: GwError): void {
    this.#timer.cancel();
    this.answer.reject(error);
    this.#end?.();
  }

  #take(reply: Reply): void {
    switch (reply.type) {
      case "accepted":
        this.#timer.cancel();
        this.#pid = reply.pid;
        return;
      case "item":
        return this.#given.onItem?.(reply.item);
      case "error":
        return this.fail(errorOf(reply));
      case "done":
        this.#timer.cancel();
        return this.answer.resolve({ pid: this.#pid ?? 0, result: reply.result, closed: this.#gone.promise });
    }
  }
}
