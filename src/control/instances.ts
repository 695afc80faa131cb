// Which running gw a command is meant for: the one that was named by server root or port, else the only one of this user.
// Default server roots are looked through; one that was put elsewhere has to be named.
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { GwError, reasonOf } from "../core/errors.ts";
import { oneLine } from "../core/log.ts";
import { call, isNobody } from "./client.ts";
import { SOCKET_NAME } from "./protocol.ts";
import type { Pong } from "./status.ts";

export type Wanted = { serverRoot?: string; port?: number };

export type Seeker = {
  clock: Clock;
  /** Where default server roots are made. */
  tmpdir: string;
  uid: number;
};

/** A gw that runs, and what it says of itself or why it does not. */
export type Instance = { serverRoot: string } & ({ pong: Pong } | { pong?: never; silence: string });

/** A supervisor does little, and answers within milliseconds. */
export const ANSWER_WITHIN_MS = 5_000;

/** Path of the control socket to ask; throws the GwError that tells what to do instead. */
export async function findInstance(wanted: Wanted, seeker: Seeker): Promise<string> {
  if (wanted.serverRoot !== undefined) return socketIn(wanted.serverRoot);
  const roots = listRoots(seeker);
  const found = await Promise.all(roots.map((serverRoot) => ask(serverRoot, seeker.clock)));
  const running = found.flatMap((instance) => instance ?? []);
  return socketIn(chooseInstance(running, wanted, rootsPattern(seeker)).serverRoot);
}

/** Pure. `place` is where was looked, for the error. */
export function chooseInstance(running: readonly Instance[], { port }: Wanted, place: string): Instance {
  const fitting = running.filter(
    ({ pong }) => port === undefined || pong === undefined || pong.port === port,
  );
  const answering = fitting.filter(({ pong }) => pong !== undefined);
  const [only, other] = answering;
  if (only && !other && (port !== undefined || fitting.length === 1)) return only;
  const list = running.map(describeInstance).join("\n");
  if (answering.length === 0 && fitting.length > 0) {
    const reason = `${fitting.length === 1 ? "the one there" : `${fitting.length} are there, and none`} does not answer`;
    throw new GwError("control_unreachable", { path: place, reason }, list);
  }
  if (fitting.length > 0) throw new GwError("several_instances", { count: fitting.length }, list);
  const reason = port === undefined ? "none is running" : `none serves port ${port}`;
  throw new GwError("control_unreachable", { path: place, reason }, list);
}

function describeInstance(instance: Instance): string {
  const { serverRoot, pong } = instance;
  const what = pong
    ? `port ${pong.port}, pid ${pong.pid}, ${oneLine(pong.state)}`
    : oneLine(instance.silence);
  return `  --server-root ${serverRoot}  (${what})`;
}

function socketIn(serverRoot: string): string {
  return join(serverRoot, SOCKET_NAME);
}

const PREFIX = "gw-";

function rootsPattern({ tmpdir, uid }: Seeker): string {
  return join(tmpdir, `${PREFIX}*:${uid}`);
}

/** Anybody may make such a name in a shared directory: only our own directories count. */
function listRoots({ tmpdir, uid }: Seeker): string[] {
  const isRoot = (path: string) => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    return stat?.isDirectory() === true && stat.uid === uid;
  };
  return readNames(tmpdir)
    .filter((name) => name.startsWith(PREFIX) && name.endsWith(`:${uid}`))
    .map((name) => join(tmpdir, name))
    .filter(isRoot);
}

function readNames(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** Undefined when nobody is there. */
async function ask(serverRoot: string, clock: Clock): Promise<Instance | undefined> {
  const path = socketIn(serverRoot);
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return undefined;
  try {
    const request = { command: "ping", arguments: {} } as const;
    const { result } = await call({ path, request, clock, answerWithinMs: ANSWER_WITHIN_MS });
    return isPong(result)
      ? { serverRoot, pong: result }
      : { serverRoot, silence: "its answer is not understood here" };
  } catch (error) {
    const silence = error instanceof GwError ? String(error.facts.reason ?? error.message) : reasonOf(error);
    return isNobody(error) ? undefined : { serverRoot, silence };
  }
}

function isPong(value: unknown): value is Pong {
  if (typeof value !== "object" || value === null) return false;
  const { port, pid, state } = value as Partial<Pong>;
  return typeof port === "number" && typeof pid === "number" && typeof state === "string";
}
