// Speaks to a gw that a test has started, through the commands that an operator types.
import type { Status, WorkerStatus } from "../../src/control/status.ts";
import { type Gw, runGw } from "./gw.ts";

export type Ran = { code: number; stdout: string; stderr: string };

/** Runs a command where this gw has its server root. */
export function control(gw: Pick<Gw, "tmp">, ...words: string[]): Promise<Ran> {
  return runGw(words, { env: { TMPDIR: gw.tmp } });
}

/** As `control`; fails with all that was said when the exit code is not 0. */
export async function obey(gw: Pick<Gw, "tmp">, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await control(gw, ...words);
  if (code !== 0) throw new Error(`gw ${words.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

export async function statusOf(gw: Pick<Gw, "tmp">): Promise<Status> {
  return JSON.parse(await obey(gw, "status", "--json")) as Status;
}

/** Of one group; without a name of the first one. */
export function workersOf({ groups }: Status, name?: string): WorkerStatus[] {
  const group = groups.find((one) => name === undefined || one.name === name);
  return group?.workers ?? [];
}

export const textOf = async (url: string, init?: RequestInit) => (await fetch(url, init)).text();

/** Resolves when the app has taken it. */
export async function openSocket(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url.replace("http", "ws"));
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  return socket;
}
