// The words by which gw starts itself in another role, and their reader, as strict as that of commands: whoever types one by
// hand is told that there is no such command. Pure.

import { ROLES, type Role } from "./messages.ts";

export const ROLE_WORDS = {
  worker: "__worker",
  front: "__front",
  auth: "__auth",
  metrics: "__metrics",
  exporter: "__exporter",
  notifier: "__notifier",
  config: "__config",
  launch: "__launch",
  /** A gw that takes over from another one; behind it stand the words of a command line. */
  heir: "__heir",
} as const;

/**
 * What a process is to be when it is not the command line. `file`: the configuration that is to be read; `setup`: a LaunchSetup as
 * JSON, for what becomes a worker in another language; `words`: what stands behind `start-server`.
 */
export type Cast =
  | { role: Role }
  | { role: "config"; file: string }
  | { role: "launch"; setup: string }
  | { role: "heir"; words: string[] };

/** `hasChannel`: whoever started this process can speak with it, as gw does with all workers and fronts. */
export function readRole(words: readonly string[], hasChannel: boolean): Cast | undefined {
  const [word, second, ...rest] = words;
  if (word === ROLE_WORDS.heir && second === "start-server" && hasChannel)
    return { role: "heir", words: rest };
  if (words.length === 2 && second) {
    if (word === ROLE_WORDS.config) return { role: "config", file: second };
    if (word === ROLE_WORDS.launch && hasChannel) return { role: "launch", setup: second };
  }
  if (words.length !== 1 || !hasChannel) return undefined;
  const role = ROLES.find((one) => ROLE_WORDS[one] === word);
  return role && { role };
}
