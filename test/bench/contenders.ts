// Who is measured, and how each is started on a free loopback port. Ends its own processes only.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const APP = 'export default { fetch: () => new Response("hello 1\\n") };\n';
const PLAIN =
  'import app from "./app.ts"; Bun.serve({ port: Number(process.argv[2]), hostname: "127.0.0.1", fetch: app.fetch });\n';
const UNIX =
  'import app from "./app.ts"; Bun.serve({ unix: process.argv[2], idleTimeout: 0, fetch: app.fetch });\n';

export type Live = { name: string; url: string; serverRoot: string };
export type Contenders = { live: Live[]; leftOut: string[]; [Symbol.asyncDispose](): Promise<void> };

type Ground = { folder: string; gw: string; spawn(command: string[]): void };
type Starter = (ground: Ground, port: number) => boolean;

const STARTERS: Record<string, Starter> = {
  "bun-plain": ({ spawn, folder }, port) =>
    start(spawn, [process.execPath, join(folder, "plain.ts"), String(port)]),
  nginx: (ground, port) => Bun.which("nginx") !== null && startNginx(ground, port),
  "gw-daemon": ({ spawn, folder, gw }, port) =>
    start(spawn, [...gwCommand(gw, folder, port), "--concurrency", "512"]),
  "gw-embedded": ({ spawn, folder, gw }, port) =>
    start(spawn, [...gwCommand(gw, folder, port), "--embedded-mode"]),
};

function gwCommand(gw: string, folder: string, port: number): string[] {
  return [
    gw,
    "start-server",
    join(folder, "app.ts"),
    "--host",
    "127.0.0.1",
    "--port",
    String(port),
    "--server-root",
    rootOf(folder, port),
  ];
}

const rootOf = (folder: string, port: number) => join(folder, `r${port}`);

function start(spawn: Ground["spawn"], command: string[]): true {
  spawn(command);
  return true;
}

function startNginx({ spawn, folder }: Ground, port: number): boolean {
  const socket = join(folder, "up.sock");
  spawn([process.execPath, join(folder, "unix.ts"), socket]);
  const config = join(folder, "nginx.conf");
  const upstream = `upstream app { server unix:${socket}; keepalive 256; }`;
  const server = `server { listen 127.0.0.1:${port}; keepalive_requests 100000000; location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; } }`;
  // As root nginx gives its worker another user, who must reach the socket.
  const user = process.getuid?.() === 0 ? "user root;" : "";
  const text = `${user} worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log; events { worker_connections 4096; } http { access_log off; ${upstream} ${server} }`;
  writeFileSync(config, text);
  spawn(["nginx", "-c", config]);
  return true;
}

export async function startContenders(options: {
  gw: string;
  only?: string[] | undefined;
}): Promise<Contenders> {
  const folder = mkdtempSync(join(tmpdir(), "gw-bench-"));
  for (const [name, text] of [
    ["app.ts", APP],
    ["plain.ts", PLAIN],
    ["unix.ts", UNIX],
  ] as const)
    await Bun.write(join(folder, name), text);
  const processes: Bun.Subprocess[] = [];
  const ground: Ground = {
    folder,
    gw: options.gw,
    spawn: (command) =>
      void processes.push(Bun.spawn(command, { cwd: folder, stdout: "ignore", stderr: "ignore" })),
  };
  const live: Live[] = [];
  const leftOut: string[] = [];
  for (const name of options.only ?? Object.keys(STARTERS)) {
    const port = freePort();
    const url = `http://127.0.0.1:${port}/`;
    if (STARTERS[name]?.(ground, port) && (await answers(url)))
      live.push({ name, url, serverRoot: rootOf(folder, port) });
    else leftOut.push(name);
  }
  return {
    live,
    leftOut,
    async [Symbol.asyncDispose]() {
      for (const child of processes) child.kill("SIGTERM");
      await Promise.all(processes.map((child) => child.exited));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function freePort(): number {
  using probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  return probe.port;
}

async function answers(url: string): Promise<boolean> {
  for (let tries = 0; tries < 200; tries++) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return true;
    await Bun.sleep(50);
  }
  return false;
}
