// What gw costs before any load: time from exec to the first byte, memory of each process, memory of idle connections.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./contenders.ts";
import { median } from "./load.ts";

export type Footprint = {
  firstByteMs: number;
  rssKb: Record<string, number>;
  idleConnections: number;
  idleConnectionsKb: number;
};

const IDLE_CONNECTIONS = 10_000;

export async function measureFootprint(gw: string): Promise<Footprint> {
  const folder = mkdtempSync(join(tmpdir(), "gw-bench-"));
  try {
    await Bun.write(join(folder, "app.ts"), 'export default { fetch: () => new Response("hello 1\\n") };\n');
    const starts: number[] = [];
    for (let i = 0; i < 5; i++) starts.push(await timeFirstByte(gw, folder));
    return { firstByteMs: median(starts), ...(await measureMemory(gw, folder)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function spawnGw(gw: string, folder: string, port: number): Bun.Subprocess {
  const where = ["--host", "127.0.0.1", "--port", String(port), "--server-root", join(folder, `r${port}`)];
  return Bun.spawn([gw, "start-server", join(folder, "app.ts"), ...where], {
    stdout: "ignore",
    stderr: "ignore",
  });
}

async function timeFirstByte(gw: string, folder: string): Promise<number> {
  const port = freePort();
  const from = performance.now();
  const child = spawnGw(gw, folder, port);
  try {
    await firstAnswer(port);
    return performance.now() - from;
  } finally {
    child.kill("SIGTERM");
    await child.exited;
  }
}

/** Asks until there is an answer; refused connections cost next to nothing on loopback. */
async function firstAnswer(port: number): Promise<void> {
  for (const until = performance.now() + 10_000; performance.now() < until; ) {
    const ok = await fetch(`http://127.0.0.1:${port}/`).then(
      (r) => r.ok,
      () => false,
    );
    if (ok) return;
    await Bun.sleep(2);
  }
  throw new Error("gw did not answer within 10 s");
}

async function measureMemory(gw: string, folder: string): Promise<Omit<Footprint, "firstByteMs">> {
  const port = freePort();
  const supervisor = spawnGw(gw, folder, port);
  try {
    await firstAnswer(port);
    await Bun.sleep(2000);
    const rssKb = { supervisor: rssOf(supervisor.pid), ...childrenOf(supervisor.pid) };
    const front = pidOf(supervisor.pid, "__front");
    const before = rssOf(front);
    const sockets = await openIdle(port, IDLE_CONNECTIONS);
    await Bun.sleep(2000);
    const idleConnectionsKb = rssOf(front) - before;
    for (const socket of sockets) socket.end();
    return { rssKb, idleConnections: sockets.length, idleConnectionsKb };
  } finally {
    supervisor.kill("SIGTERM");
    await supervisor.exited;
  }
}

/** Opens connections one after the other, each with one answered request, and leaves them open. */
async function openIdle(port: number, count: number): Promise<Bun.Socket[]> {
  const sockets: Bun.Socket[] = [];
  for (let i = 0; i < count; i++) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: { data: () => resolve(), close: () => reject(new Error("closed")) },
    });
    socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await promise;
    sockets.push(socket);
  }
  return sockets;
}

const rssOf = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);

const rolesOf = (parent: number) =>
  readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8")
    .trim()
    .split(" ")
    .map(
      (pid) =>
        [/__(\w+)/.exec(readFileSync(`/proc/${pid}/cmdline`, "utf8"))?.[1] ?? "", Number(pid)] as const,
    );

const childrenOf = (parent: number) =>
  Object.fromEntries(rolesOf(parent).map(([role, pid]) => [role, rssOf(pid)]));

function pidOf(parent: number, role: string): number {
  const found = rolesOf(parent).find(([name]) => `__${name}` === role);
  if (!found) throw new Error(`no ${role} among the children of ${parent}`);
  return found[1];
}
