// What gw costs beside requests: time from exec to the first byte, memory of each process, and what clients add to it that
// stay without asking for anything, or ask for much and take nothing.
import { readFileSync } from "node:fs";
import { type Contender, gw, gwOverTls, startContenders } from "./contenders.ts";
import { median } from "./load.ts";
import { processesOf, type Root } from "./processes.ts";

/** What a crowd of clients adds to the memory of the front end and of the worker. */
export type Added = { count: number; frontKb: number; workerKb: number };

export type MemoryFigures = {
  firstByteMs: number;
  /** By role, after one request. */
  rssKb: Record<string, number>;
  idle: Added;
  idleOverTls: Added;
  stalled: Added;
};

const STARTS = 5;
const IDLE_CLIENTS = 10_000;
const IDLE_TLS_CLIENTS = 2000;
const STALLED_CLIENTS = 1000;
/** Requests before anything is measured. */
const STRIDE = 20_000;
const WHATEVER_CERTIFICATE = { tls: { rejectUnauthorized: false } };
/** Memory is read when nothing has come to it for a moment. */
const SETTLE_MS = 2000;

export async function measureMemory(binary: string): Promise<MemoryFigures> {
  const starts: number[] = [];
  for (let i = 0; i < STARTS; i++) starts.push(await timeFirstByte(binary));
  const plain = gw("gw", "bodies.ts");
  const { added: idle, rssKb } = await measureCrowd(binary, plain, IDLE_CLIENTS, "/", untilAnswered);
  const secure = gwOverTls("gw", "bodies.ts");
  const { added: idleOverTls } = await measureCrowd(binary, secure, IDLE_TLS_CLIENTS, "/", untilAnswered);
  const { added: stalled } = await measureCrowd(binary, plain, STALLED_CLIENTS, "/stream", stopReading);
  return { firstByteMs: median(starts), rssKb, idle, idleOverTls, stalled };
}

async function timeFirstByte(binary: string): Promise<number> {
  const from = performance.now();
  await using _ = await startContenders(binary, [gw("gw", "hello.ts")], "/", 2);
  return performance.now() - from;
}

/** Opens connections one after the other, each with one request, and leaves them open; `see` is when one has got so far. */
async function measureCrowd(
  binary: string,
  contender: Contender,
  count: number,
  path: string,
  see: (client: Client) => Promise<void>,
): Promise<{ added: Added; rssKb: Record<string, number> }> {
  await using contenders = await startContenders(binary, [contender], "/1000");
  const [live] = contenders.live;
  if (!live) throw new Error("gw did not start");
  const afterOne = rssByRole(live.roots);
  // What a process grows by while it gets into its stride is no client's.
  for (let i = 0; i < STRIDE; i++) await (await fetch(`${live.origin}/1000`, WHATEVER_CERTIFICATE)).bytes();
  await Bun.sleep(SETTLE_MS);
  const warm = rssByRole(live.roots);
  const clients: Client[] = [];
  try {
    for (let i = 0; i < count; i++) {
      const client = await connect(live.origin, path);
      clients.push(client);
      await see(client);
    }
    await Bun.sleep(SETTLE_MS);
    const after = rssByRole(live.roots);
    const grown = (role: string) => (after[role] ?? 0) - (warm[role] ?? 0);
    return { added: { count, frontKb: grown("front end"), workerKb: grown("app") }, rssKb: afterOne };
  } finally {
    for (const { socket } of clients) socket.terminate();
  }
}

type Client = { socket: Bun.Socket<undefined>; answered: Promise<void> };

async function connect(origin: string, path: string): Promise<Client> {
  const { hostname, port, protocol } = new URL(origin);
  const isSecure = protocol === "https:";
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const ask = (socket: Bun.Socket<undefined>) =>
    void socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    ...(isSecure && WHATEVER_CERTIFICATE),
    socket: {
      ...(isSecure ? { handshake: ask } : { open: ask }),
      data: () => resolve(),
      close: () => reject(new Error("gw closed a connection")),
    },
  });
  return { socket, answered: promise };
}

const untilAnswered = ({ answered }: Client) => answered;

async function stopReading({ socket, answered }: Client): Promise<void> {
  await answered;
  socket.pause();
}

export function rssByRole(roots: readonly Root[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { pid, role } of processesOf(roots)) sums[role] = (sums[role] ?? 0) + rssOf(pid);
  return sums;
}

/** Resident memory in kB. */
const rssOf = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
