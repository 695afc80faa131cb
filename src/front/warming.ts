// Runs requests through this process before it has clients: code that has just been loaded is slow for its first thousand
// requests, and when front ends are replaced all clients would meet that at once. A door, a pipeline and two workers that
// answer each request with the same few bytes, all of them in this process, made for this, and closed again: no app, no
// client, no counter and no line of the log hears of it.

import { type Clock, within } from "../core/clock.ts";
import { reasonOf } from "../core/errors.ts";
import { createLog } from "../core/log.ts";
import { FIELDS_MOST, HEAD_BYTES_MOST, LINE_BYTES_MOST } from "../core/requests/head-bounds.ts";
import type { Backend, FrontSettings } from "../link/messages.ts";
import type { Door } from "./door/door.ts";
import { Engine, type EngineOptions } from "./door/h1/engine.ts";
import { RawConnections } from "./door/raw/raw-connections.ts";
import { SocketDoor } from "./door/socket/socket-door.ts";
import { Pipeline } from "./pipeline.ts";
import { LineRates } from "./telling/line-rates.ts";
import { ANSWER, WarmingClients } from "./warming-clients.ts";

export type WarmingOptions = {
  clock: Clock;
  /** Which doors the front is to have. */
  doors: readonly WarmedDoor[];
  /** After so many requests it is enough. */
  requests: number;
  /** After so long it ends, however few there were. */
  mostMs: number;
  /** Told of mistakes of ours. */
  onBug: (thrown: unknown) => void;
};

/** On the runtime's own server, or on sockets. */
export type WarmedDoor = "server" | "sockets";

/** `answered`: requests. `reason`: why there are fewer than were asked for. */
export type Warmed = { answered: number; reason?: string };

const CLIENTS = 16;
const GROUP = "warming";
/** Longer than any of it takes. */
const PATIENCE_MS = 10_000;
const LATE = { reason: "the time for it was over" };

const SETTINGS: FrontSettings = {
  queueTimeoutMs: PATIENCE_MS,
  maxQueue: CLIENTS,
  connectTimeoutMs: PATIENCE_MS,
  socketTimeoutMs: PATIENCE_MS,
  requestTimeoutMs: PATIENCE_MS,
  retryRequests: "unsent",
  limitRequestBodyBytes: 1024,
  headerBufferBytes: 32_768,
  ignoreActivity: [],
};

/** Resolves when it is over and nothing of it is left. Never rejects: a front that is not warm serves as well. */
export async function warmUp(options: WarmingOptions): Promise<Warmed> {
  const open: (() => void)[] = [];
  const clients = new WarmingClients(options.requests, options.clock);
  try {
    const workers = [openWorker(1, true, open), openWorker(2, false, open)];
    const doors = openDoors(options, workers, open);
    open.push(() => clients.close());
    const listening = Promise.all(doors.map((door) => door.listen()));
    const run = listening.then((ports) => clients.run(ports, CLIENTS));
    const late = await within(options.clock, options.mostMs, run, LATE);
    return { answered: clients.answered, ...late };
  } catch (thrown) {
    return { answered: clients.answered, reason: reasonOf(thrown) };
  } finally {
    // What was opened last is closed first: no one is told of a worker that is gone.
    for (const close of open.reverse()) close();
  }
}

/** An abstract socket, which Linux alone has: no file can be left behind, and no directory has to be there. */
function openWorker(slot: number, http2: boolean, open: (() => void)[]): Backend {
  const socket = `\0gw-warming-${crypto.randomUUID()}`;
  const options = { unix: socket, http2, fetch: () => new Response(ANSWER) };
  // The types know HTTP/2 with TLS only.
  const server = Bun.serve(options as never);
  open.push(() => void server.stop(true));
  return {
    slot,
    pid: 0,
    generation: 0,
    group: GROUP,
    socket,
    token: GROUP,
    capacity: CLIENTS,
    accepting: true,
    http2,
  };
}

function openDoors(
  { clock, onBug, doors }: WarmingOptions,
  workers: Backend[],
  open: (() => void)[],
): Door[] {
  const log = createLog(() => {});
  const rates = new LineRates(clock, log);
  const pipeline = new Pipeline({
    clock,
    log,
    rates,
    groups: [{ name: GROUP, mount: "/", stripMount: true, hosts: [], routes: [], settings: SETTINGS }],
    defaultHost: "localhost",
    heads: { lineBytes: LINE_BYTES_MOST, fieldBytes: HEAD_BYTES_MOST, fields: FIELDS_MOST },
    random: Math.random,
    isRunning: () => true,
    owner: { onQuiet() {}, onLost() {}, onPressure() {}, onBug },
  });
  pipeline.groups.setBackends(workers, []);
  const options = {
    host: "127.0.0.1",
    port: 0,
    clock,
    headBytes: HEAD_BYTES_MOST,
    headTimeoutMs: PATIENCE_MS,
    keepAliveMs: PATIENCE_MS,
    listener: pipeline,
    counter: { count() {} },
  };
  const opened = doors.map((kind) => openDoor(kind, options));
  open.push(() => {
    for (const door of opened) door.drain();
    pipeline.abandon();
    for (const { dispatch } of pipeline.groups) dispatch.close();
    rates.tellAll();
  });
  return opened;
}

/** TLS itself is the runtime's, and warm. */
function openDoor(kind: WarmedDoor, options: EngineOptions): Door {
  if (kind === "server") return new Engine(options);
  return new SocketDoor({ ...options, http1: (given) => new RawConnections(given) });
}
