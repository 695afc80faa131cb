// An open file that a worker hands to the front end in the place of a body. The front invites to it with a word in the reserved
// field of a request, the name of its channel; the worker passes the descriptor through that channel under a token, and names
// the token in a reserved field of an answer without a body. Pure.

import { RESERVED_PREFIX } from "./reserved.ts";

export const FILE_HEADER = `${RESERVED_PREFIX}file`;

/** Of an answer whose file has fewer bytes than the app has said: how many that was. Its client gets those there are, and is cut. */
export const PROMISED_HEADER = `${RESERVED_PREFIX}promised`;

/** A file of no more bytes is sent sooner than it is handed over. */
export const SENT_MOST = 65_536;

/** Where a worker takes who wants its files, by the path of its socket. */
export const channelPath = (socket: string): string => `${socket}.f`;

/** Sixteen random hexadecimal digits: of a channel, and of one file that goes through it. */
const NAME = /^[0-9a-f]{16}$/;
const ANSWER = /^([0-9a-f]{16}) (\d{1,15}) (\d{1,15})$/;

/** A part of a file, in bytes. */
export type HandedFile = { token: string; start: number; length: number };

export const newFileName = (): string => crypto.getRandomValues(new Uint8Array(8)).toHex();

export const encodeHandedFile = ({ token, start, length }: HandedFile): string =>
  `${token} ${start} ${length}`;

/** Undefined for what was not written by `encodeHandedFile`. */
export function decodeHandedFile(value: string): HandedFile | undefined {
  const [, token, start, length] = ANSWER.exec(value) ?? [];
  return token === undefined ? undefined : { token, start: Number(start), length: Number(length) };
}

/** What a front says first in its channel: that it is the front, and how it calls the channel. */
export const encodeGreeting = (token: string, channel: string): string => `${token} ${channel}`;

/** The channel's name, where the greeting shows the token. */
export function channelIn(greeting: string, token: string): string | undefined {
  const name = greeting.startsWith(`${token} `) ? greeting.slice(token.length + 1) : "";
  return NAME.test(name) ? name : undefined;
}

/** In the reserved field of a request, before what else may follow there. */
export const invitation = (channel: string): string => ` +${channel}`;

/** The channel that a request's reserved field invites to. */
export function invitedTo(facts: string): string | undefined {
  const at = facts.indexOf(" +");
  const name = at < 0 ? "" : facts.slice(at + 2, at + 18);
  return NAME.test(name) ? name : undefined;
}
