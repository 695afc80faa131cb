// An auth process that says exactly what a test wants, on a socket of its own.
import { join } from "node:path";
import type { Socket } from "bun";
import type { AuthQuestion, AuthVerdict } from "../../src/link/auth.ts";
import { LineReader } from "../../src/link/lines.ts";
import type { Backend } from "../../src/link/messages.ts";
import { makeTempDir } from "./temp-dir.ts";

export type Asked = {
  question: AuthQuestion;
  answer(verdict: AuthVerdict): void;
  /** Sends these bytes, whatever they are. */
  say(text: string): void;
  /** Closes the connection, as the end of the process would. */
  drop(): void;
};

export type ScriptedAuth = {
  backend: Backend;
  /** All that it was asked. */
  asked: AuthQuestion[];
  /** The first line of each connection. */
  firstLines: string[];
  [Symbol.dispose](): void;
};

let count = 0;

export function scriptedAuth(onQuestion: (asked: Asked) => void, more: Partial<Backend> = {}): ScriptedAuth {
  const temp = makeTempDir();
  const number = ++count;
  const unix = join(temp.path, `w${number}.sock`);
  const asked: AuthQuestion[] = [];
  const firstLines: string[] = [];
  type State = { reader: LineReader; isGreeted: boolean };
  const hear = (socket: Socket<State>, line: string) => {
    if (!socket.data.isGreeted) {
      socket.data.isGreeted = true;
      return void firstLines.push(line);
    }
    const question = JSON.parse(line) as AuthQuestion;
    asked.push(question);
    const say = (text: string) => void socket.write(text);
    onQuestion({
      question,
      say,
      answer: (verdict) => say(`${JSON.stringify({ id: question.id, ...verdict })}\n`),
      drop: () => socket.terminate(),
    });
  };
  const server = Bun.listen<State>({
    unix,
    socket: {
      open(socket) {
        socket.data = { reader: new LineReader(1_000_000), isGreeted: false };
      },
      data(socket, bytes) {
        for (const line of socket.data.reader.push(bytes)) hear(socket, line);
      },
    },
  });
  return {
    backend: {
      slot: number,
      pid: 1_000 + number,
      generation: 1,
      group: "auth:web",
      socket: unix,
      token: "secret",
      capacity: 1,
      accepting: true,
      isAuth: true,
      ...more,
    },
    asked,
    firstLines,
    [Symbol.dispose]() {
      server.stop(true);
      temp[Symbol.dispose]();
    },
  };
}
