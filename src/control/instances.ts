// Which running gw a command is meant for: the one that was named by server root or port, else the only one of this user.
// Default server roots are looked through; one that was put elsewhere has to be named. Root may ask everybody's.
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { GwError, reasonOf } from "../core/errors.ts";
import { oneLine } from "../core/log.ts";
import { call, isNobody } from "./client.ts";
import { SOCKET_NAME } from "./protocol.ts";
import { ownerOf, ownRoots, portIn, rootsOfOthers, rootsPattern, statOf } from "./roots.ts";
import type { Pong } from "./status.ts";

export type WantedInstance = { serverRoot?: string; port?: number };

export type Seeker = {
  clock: Clock;
  /** Where default server roots are made. */
  tmpdir: string;
  uid: number;
};

/** A gw that runs, and what it says of itself or why it does not. */
export type Instance = Speaking | Silent;
type Speaking = { serverRoot: string; pong: Pong };
/** `pid`: of one that is known to run though nobody listens. */
type Silent = { serverRoot: string; pong?: never; silence: string; pid?: number };

/** Of other users' server roots, in one error. */
const MOST_NAMED = 8;

/** A supervisor does little, and answers within milliseconds. */
export const ANSWER_WITHIN_MS = 5_000;

/** Path of the control socket to ask; throws the GwError that tells what to do instead. */
export async function findInstance(wanted: WantedInstance, seeker: Seeker): Promise<string> {
  const { serverRoot, port } = wanted;
  if (serverRoot !== undefined) return socketOf(serverRoot);
  const { tmpdir, uid } = seeker;
  const own = await askAll(ownRoots(tmpdir, uid), seeker);
  // What others say of themselves takes the place of nothing that is our own.
  const isFound = port === undefined ? own.length > 0 : own.some((one) => serves(one, port));
  const theirs = isFound ? [] : rootsOfOthers(tmpdir, uid, port);
  // An ordinary user cannot ask them, but is not to start a second one for that.
  if (uid !== 0 && theirs.length > 0) throw closedTo(theirs, wanted, seeker);
  const others = uid === 0 ? await askAll(theirs, seeker) : [];
  if (port === undefined && others.length > 0) throw onlyOthers(others, rootsPattern(tmpdir, uid));
  const place = rootsPattern(tmpdir, uid === 0 && port !== undefined && !isFound ? "*" : uid);
  return socketIn(chooseInstance([...own, ...others], wanted, place).serverRoot);
}

async function askAll(serverRoots: readonly string[], { clock }: Seeker): Promise<Instance[]> {
  const found = await Promise.all(serverRoots.map((serverRoot) => ask(serverRoot, clock)));
  return found.flatMap((instance) => instance ?? []);
}

/** As far as is known: of one that is silent, its place may tell. */
function serves({ pong, serverRoot }: Instance, port: number): boolean {
  return (pong?.port ?? portIn(serverRoot) ?? port) === port;
}

/** A script of root's own that names none must not meet somebody else's. */
function onlyOthers(others: readonly Instance[], place: string): GwError {
  const reason = "none of this user is running; with --port or --server-root another user's can be named";
  return new GwError("control_unreachable", { path: place, reason }, others.map(describeInstance).join("\n"));
}

/** Whether one that was killed has left it nobody else can tell. */
function closedTo(theirs: readonly string[], { port }: WantedInstance, { tmpdir, uid }: Seeker): GwError {
  const what = port === undefined ? "none of this user is running" : `none of this user serves port ${port}`;
  const reason = `${what}, and only the user who runs one of those named here, or root, may ask it`;
  const list = theirs.slice(0, MOST_NAMED).map((path) => `  ${path}  (of user ${statOf(path)?.uid ?? "?"})`);
  return new GwError("control_unreachable", { path: rootsPattern(tmpdir, uid), reason }, list.join("\n"));
}

/** Pure. `place` is where was looked, for the error. */
export function chooseInstance(
  running: readonly Instance[],
  { port }: WantedInstance,
  place: string,
): Instance {
  const fitting = running.filter((one) => port === undefined || serves(one, port));
  const answering = fitting.filter(({ pong }) => pong !== undefined);
  const [only, other] = answering;
  if (only && !other && (port !== undefined || fitting.length === 1)) return only;
  const list = running.map(describeInstance).join("\n");
  if (answering.length === 0 && fitting.length > 0) {
    const [silent, another] = fitting;
    if (silent && !silent.pong && !another) refuseSilent(silent);
    const reason = `${another ? `${fitting.length} are there, and none` : "the one there"} does not answer`;
    throw new GwError("control_unreachable", { path: place, reason }, list);
  }
  if (fitting.length > 0) throw new GwError("several_instances", { count: fitting.length }, list);
  const reason = port === undefined ? "none is running" : `none serves port ${port}`;
  throw new GwError("control_unreachable", { path: place, reason }, list);
}

/** It runs, and that is known without a word of its own. */
function refuseSilent({ serverRoot, silence, pid }: Silent): void {
  if (pid !== undefined) throw new GwError("control_silent", { pid, path: serverRoot, reason: silence });
}

function describeInstance(instance: Instance): string {
  const { serverRoot, pong } = instance;
  const what = pong
    ? `port ${pong.port}, pid ${pong.pid}, ${oneLine(pong.state)}`
    : `${instance.pid === undefined ? "" : `pid ${instance.pid}, `}${oneLine(instance.silence)}`;
  return `  --server-root ${serverRoot}  (${what})`;
}

function socketIn(serverRoot: string): string {
  return join(serverRoot, SOCKET_NAME);
}

/** Of a server root that was named: whoever asks is told when there is none, and a gw is there all the same. */
function socketOf(serverRoot: string): string {
  const path = socketIn(serverRoot);
  const silent = statOf(path) ? undefined : withoutSocket(serverRoot, NO_SOCKET);
  if (silent) refuseSilent(silent);
  return path;
}

const NO_SOCKET = "its control socket is gone";
const DEAD_SOCKET = "nobody listens on its control socket";

/** Somebody is there; the lock may tell who. */
function withoutAnswer(serverRoot: string, silence: string): Silent {
  const pid = ownerOf(serverRoot);
  return { serverRoot, silence, ...(pid !== undefined && { pid }) };
}

/** Undefined when nobody is there. */
function withoutSocket(serverRoot: string, silence: string): Silent | undefined {
  const silent = withoutAnswer(serverRoot, silence);
  return silent.pid === undefined ? undefined : silent;
}

/** Undefined when nobody is there. */
async function ask(serverRoot: string, clock: Clock): Promise<Instance | undefined> {
  const path = socketIn(serverRoot);
  if (!statOf(path)?.isSocket()) return withoutSocket(serverRoot, NO_SOCKET);
  try {
    const request = { command: "ping", arguments: {} } as const;
    const { result } = await call({ path, request, clock, answerWithinMs: ANSWER_WITHIN_MS });
    return isPong(result)
      ? { serverRoot, pong: result }
      : { serverRoot, silence: "its answer is not understood here" };
  } catch (error) {
    if (isNobody(error)) return withoutSocket(serverRoot, DEAD_SOCKET);
    const silence = error instanceof GwError ? String(error.facts.reason ?? error.message) : reasonOf(error);
    return withoutAnswer(serverRoot, silence);
  }
}

function isPong(value: unknown): value is Pong {
  if (typeof value !== "object" || value === null) return false;
  const { port, pid, state } = value as Partial<Pong>;
  return typeof port === "number" && typeof pid === "number" && typeof state === "string";
}
