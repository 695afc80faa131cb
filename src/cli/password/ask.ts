// Where a password comes from: a terminal, which shows nothing of it, or a line of standard input. Never from the command
// line: that is seen by everybody on the machine, and kept by the shell.

import { StringDecoder } from "node:string_decoder";
import { reasonOf } from "../../core/errors.ts";
import { readTyped } from "./typed-line.ts";

/** Undefined: whoever was asked wants to stop. */
export type Answer = { password: string } | { fault: string } | undefined;

/** More than any password that there may be. */
const INPUT_MOST = 16 * 1024;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `isNew`: a terminal is asked twice. */
export function askPassword(user: string, { isNew }: { isNew: boolean }): Promise<Answer> {
  return process.stdin.isTTY ? askTerminal(user, isNew) : readInput();
}

async function askTerminal(user: string, isNew: boolean): Promise<Answer> {
  using terminal = openTerminal();
  const first = await terminal.ask(isNew ? `New password for ${user}: ` : `Password for ${user}: `);
  if (first === undefined) return undefined;
  // In the place of what was no UTF-8: another password than was meant.
  if (first.includes("\ufffd")) return { fault: "What was typed is not UTF-8" };
  if (!isNew) return { password: first };
  const second = await terminal.ask("The same again: ");
  if (second === undefined) return undefined;
  return first === second ? { password: first } : { fault: "The two passwords differ" };
}

type SilentTerminal = { ask(prompt: string): Promise<string | undefined> } & Disposable;

/** The terminal shows no key until this is disposed, also where a signal ends the process first. */
function openTerminal(): SilentTerminal {
  const { stdin } = process;
  const decoder = new StringDecoder("utf8");
  let keys = "";
  let look = () => {};
  const take = (bytes: Buffer) => {
    keys += decoder.write(bytes);
    look();
  };
  const close = () => {
    stdin.off("data", take).pause().setRawMode(false);
    process.stderr.write("\n");
  };
  const leave = (signal: NodeJS.Signals) => {
    close();
    process.kill(process.pid, signal);
  };
  stdin.setRawMode(true).on("data", take).resume();
  for (const signal of ENDING) process.once(signal, leave);
  return {
    ask: (prompt) =>
      new Promise((resolve) => {
        process.stderr.write(prompt);
        look = () => {
          const typed = readTyped(keys);
          if (typed.is === "unfinished") return;
          look = () => {};
          keys = typed.is === "line" ? typed.rest : "";
          resolve(typed.is === "line" ? typed.text : undefined);
        };
        stdin.once("end", () => resolve(undefined));
        look();
      }),
    [Symbol.dispose]() {
      for (const signal of ENDING) process.off(signal, leave);
      close();
    },
  };
}

const ENDING = ["SIGTERM", "SIGHUP", "SIGINT"] as const;

/** All of it is to be one line: a file that was meant for something else is no password. */
async function readInput(): Promise<Answer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of Bun.stdin.stream()) {
      pieces.push(piece);
      length += piece.length;
      if (length > INPUT_MOST) break;
    }
    const text = utf8.decode(Buffer.concat(pieces)).replace(/\r?\n$/, "");
    if (length > INPUT_MOST || text.includes("\n")) return { fault: "Standard input has more than one line" };
    return { password: text };
  } catch (thrown) {
    return { fault: `No password can be read from standard input: ${reasonOf(thrown)}` };
  }
}
