// What is said on the control socket: one line of JSON asks, one or many lines of JSON answer, the last of them `done` or
// `error`. Pure; whoever asks is the same user or root, and yet nothing of it is believed unread.

import { type ErrorFacts, GwError, isCause, reasonOf } from "../core/errors.ts";
import { isRecord } from "../core/records.ts";
import { nearest } from "../options/declare/names.ts";
import {
  COMMAND_NAMES,
  type CommandName,
  type ControlRequest,
  commandRow,
  describeValues,
  faultOfAll,
  isCommandName,
  isValueFor,
} from "./commands.ts";

export type Reply =
  /** The command was understood and is under way. */
  | { type: "accepted"; version: string; pid: number }
  | { type: "item"; item: unknown }
  /** The result is an object, also where nothing is to be told: without one nothing was done. */
  | { type: "done"; result: object }
  | { type: "error"; cause: string; facts: ErrorFacts; message: string; detail?: string };

/** In the server root. */
export const SOCKET_NAME = "control.sock";
/** Beside it: the pid of the gw that has the place, and when that process was started. */
export const LOCK_NAME = "gw.pid";
/** Longest question; the longest that makes sense has some sixty characters. */
export const REQUEST_LENGTH = 4 * 1024;
/** Longest line of an answer that a client reads. */
export const REPLY_LENGTH = 8 * 1024 * 1024;

/** The question on this line; throws a GwError that says what is wrong with it. */
export function readRequest(line: string): ControlRequest {
  const raw = parse(line);
  if (!isRecord(raw)) throw wrong(`A request is a JSON object, and not ${shorten(line)}`);
  const { command, arguments: given = {}, ...others } = raw;
  const stray = Object.keys(others)[0];
  if (stray !== undefined) throw wrong(`A request has "command" and "arguments", and not "${stray}"`);
  if (typeof command !== "string") throw wrong('A request names its "command"');
  if (!isCommandName(command))
    throw wrong(`There is no control command "${command}"${near(command, COMMAND_NAMES)}`);
  if (!isRecord(given)) throw wrong('"arguments" is an object');
  checkArguments(command, given);
  return { command, arguments: given } as ControlRequest;
}

function checkArguments(command: CommandName, given: Record<string, unknown>): void {
  const accepted = commandRow(command).arguments;
  for (const [name, value] of Object.entries(given)) {
    const row = Object.hasOwn(accepted, name) ? accepted[name] : undefined;
    if (!row) throw wrong(`The command "${command}" takes no "${name}"${near(name, Object.keys(accepted))}`);
    if (!isValueFor(row, value))
      throw wrong(
        `"${name}" of "${command}" is ${describeValues(row)}, and not ${shorten(JSON.stringify(value))}`,
      );
  }
  const fault = faultOfAll(accepted, given);
  if (!fault) return;
  if ("missing" in fault) throw wrong(`The command "${command}" needs "${fault.missing}"`);
  if ("alone" in fault)
    throw wrong(`The command "${command}" takes "${fault.alone[0]}" only with "${fault.alone[1]}"`);
  throw wrong(`The command "${command}" takes "${fault.excluded.join('" or "')}", and not both`);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw wrong(`The request is not JSON: ${reasonOf(error)}`);
  }
}

const wrong = (what: string) => new GwError("usage", { what });

function near(word: string, words: Iterable<string>): string {
  const found = nearest(word, words);
  return found === undefined ? "" : `; the nearest is "${found}"`;
}

const SHOWN = 40;

function shorten(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}

export function errorReply(error: GwError): Reply {
  const { cause_: cause, facts, message, detail } = error;
  return { type: "error", cause, facts, message, ...(detail !== undefined && { detail }) };
}

/** The answer on this line; undefined when it is none. */
export function readReply(line: string): Reply | undefined {
  try {
    const raw: unknown = JSON.parse(line);
    if (!isRecord(raw)) return undefined;
    const { type, version, pid, item, result } = raw;
    if (type === "accepted" && typeof version === "string" && typeof pid === "number")
      return { type, version, pid };
    if (type === "item") return { type, item };
    if (type === "done") return isRecord(result) ? { type, result } : undefined;
    return type === "error" ? readError(raw) : undefined;
  } catch {
    return undefined;
  }
}

function readError({ cause, facts, message, detail }: Record<string, unknown>): Reply | undefined {
  if (typeof cause !== "string" || typeof message !== "string") return undefined;
  const isFact = (e: [string, unknown]): e is [string, string | number] =>
    typeof e[1] === "string" || typeof e[1] === "number";
  return {
    type: "error",
    cause,
    facts: isRecord(facts) ? Object.fromEntries(Object.entries(facts).filter(isFact)) : {},
    message,
    ...(typeof detail === "string" && { detail }),
  };
}

/** The error that the other side named; another version may know causes that this one does not. */
export function errorOf({ cause, facts, message, detail }: Extract<Reply, { type: "error" }>): GwError {
  return isCause(cause)
    ? new GwError(cause, facts, detail)
    : new GwError("command_failed", { what: message }, detail);
}
