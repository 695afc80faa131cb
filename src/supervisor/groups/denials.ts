// What a confined worker says that it was not let do, in the words that its app has printed or failed with, told once more with what
// to do about it. The kernel tells nobody but the one who asked; what an app keeps to itself stays there.

import { resolve } from "node:path";
import type { Log } from "../../core/log.ts";
import { isRecord } from "../../core/records.ts";
import { isGranted } from "../../sources/granted.ts";
import type { Launch } from "../child/spawn.ts";

/** `path`: as it was said; `port`: of a connection or a listener. */
export type Denial = { path: string } | { port: number; act: "connect" | "listen" };

/** Of Node's and Bun's errors, and Python's. */
const PATHS = [
  /\b(?:EACCES: permission denied|EXDEV: cross-device link not permitted), \w+ '([^'\n]+)'/,
  /\bPermissionError: \[Errno 13\] Permission denied: '([^'\n]+)'/,
  /\bCannot read directory "([^"\n]+)": EACCES\b/,
];
/** Behind the path, in the words of programs such as cat. */
const DENIED = ": Permission denied";
const CONNECTED = /\bconnect EACCES \S+:(\d+)\b/;
const LISTENED = /\blisten EACCES\b.*?:(\d+)\b/;

/** What a line speaks of; undefined of most. Pure. */
export function readDenial(line: string): Denial | undefined {
  for (const form of PATHS) {
    const path = form.exec(line)?.[1];
    if (path !== undefined) return { path };
  }
  const named = pathInWordsOf(line);
  if (named !== undefined) return { path: named };
  const connected = CONNECTED.exec(line)?.[1];
  if (connected !== undefined) return { act: "connect", port: Number(connected) };
  const listened = LISTENED.exec(line)?.[1];
  return listened === undefined ? undefined : { act: "listen", port: Number(listened) };
}

/** `cat: /etc/shadow: …`, `ls: cannot open directory '/root': …`. Looked for from its end: a line may hold a thousand slashes. */
function pathInWordsOf(line: string): string | undefined {
  if (!line.endsWith(DENIED) || !/^\S+: /.test(line)) return undefined;
  const said = line.slice(0, -DENIED.length).replace(/'$/, "");
  const at = Math.max(said.lastIndexOf(" /"), said.lastIndexOf(" '/"));
  const path = at < 0 ? "" : said.slice(said.indexOf("/", at));
  return path.length > 1 && !/[':\n]/.test(path) ? path : undefined;
}

/** What is granted, as the worker calls it. */
export type GrantedHere = {
  home: string;
  readable: readonly string[];
  writable: readonly string[];
  connectPorts?: readonly string[] | undefined;
  listenPorts?: readonly string[] | undefined;
};

/** In words; undefined where the confinement is not the cause. Pure. */
export function explainDenial(
  denial: Denial,
  granted: GrantedHere,
): { what: string; remedy: string } | undefined {
  if ("port" in denial) return explainPort(denial, granted);
  const path = resolve(granted.home, denial.path);
  if (isGranted(path, granted.writable)) return undefined;
  if (isGranted(path, granted.readable))
    return { what: `its confinement lets it read ${path}, and not change it`, remedy: "--writable DIR" };
  return {
    what: `its confinement does not grant it ${path}`,
    remedy: "--readable PATH, or --writable DIR to change it",
  };
}

function explainPort({ act, port }: Extract<Denial, { port: number }>, granted: GrantedHere) {
  const option = act === "connect" ? "connectPorts" : "listenPorts";
  const ports = granted[option];
  if (!ports || ports.map(Number).includes(port)) return undefined;
  const [does, flag] =
    act === "connect" ? ["connect to", "--connect-ports"] : ["listen on", "--listen-ports"];
  return { what: `its confinement does not let it ${does} port ${port}`, remedy: flag };
}

/** An app may be denied something in each request; more than so many things are not told. */
const MOST_TOLD = 50;
/** Longest text that is looked at: an app prints what it likes. */
const LINE_CHARS = 2_000;

/** The same launch, which tells of what is denied to the processes that it starts: each thing once. */
export function heedDenials(launch: Launch, granted: GrantedHere, log: Log): Launch {
  const told = new Set<string>();
  const heed = (name: string, line: string) => {
    const denial = told.size < MOST_TOLD ? readDenial(line.slice(0, LINE_CHARS)) : undefined;
    const found = denial && explainDenial(denial, granted);
    if (!found || told.has(found.what)) return;
    told.add(found.what);
    log.warn(`${name} was denied something: ${found.what}`, { remedy: found.remedy });
  };
  return (order, listener) =>
    launch(order, {
      ...listener,
      onLine(stream, text) {
        listener.onLine(stream, text);
        heed(order.name, text);
      },
      onMessage(message) {
        for (const line of linesOfFailure(message)) heed(order.name, line);
        listener.onMessage(message);
      },
    });
}

function linesOfFailure(message: unknown): string[] {
  const isFailure = isRecord(message) && message.type === "failed" && typeof message.detail === "string";
  return isFailure ? (message.detail as string).split("\n", MOST_TOLD) : [];
}
