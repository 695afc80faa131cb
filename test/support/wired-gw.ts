// Starts the real gw with its streams on files, pipes or devices that a test has made, where launchGw reads them itself.
// Nobody can then read the serving line, so the port is chosen here and asked until it answers.
import { closeSync, openSync } from "node:fs";
import { freePort } from "./free-port.ts";
import { bounded, environment, eventually, gwCommand } from "./gw.ts";
import { makeTempDir } from "./temp-dir.ts";

export type WiredGw = {
  url: string;
  port: number;
  pid: number;
  signal(name: NodeJS.Signals): void;
  exited: Promise<number>;
  [Symbol.asyncDispose](): Promise<void>;
};

const STOP_WITHIN_MS = 20_000;

/** `r+` opens a FIFO that nobody reads without waiting for its reader. */
export type Wire = { path: string; flags: "a" | "r+" };

export async function startWiredGw(
  args: string[],
  wires: { stdout?: Wire; stderr?: Wire },
): Promise<WiredGw> {
  const temp = makeTempDir();
  const port = freePort();
  const open = ({ path, flags }: Wire = { path: "/dev/null", flags: "a" }) => openSync(path, flags);
  const [out, err] = [open(wires.stdout), open(wires.stderr)];
  const command = [...gwCommand(), "start-server", ...args, "--host", "127.0.0.1", "--port", String(port)];
  const child = Bun.spawn(command, {
    env: environment(temp.path),
    stdio: ["ignore", out, err],
  });
  for (const fd of [out, err]) closeSync(fd);
  const gw: WiredGw = {
    url: `http://127.0.0.1:${port}/`,
    port,
    pid: child.pid,
    signal: (name) => child.kill(name),
    exited: child.exited,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      const late = () => new Error(`gw (pid ${child.pid}) did not stop`);
      await bounded(child.exited, STOP_WITHIN_MS, late).finally(() => child.kill("SIGKILL"));
      temp[Symbol.dispose]();
    },
  };
  await eventually(() => answers(gw.url), "gw answers", 30_000);
  return gw;
}

/** A connection alone proves nothing: gw tries for a moment whether it can have the port. */
async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined);
  return answer !== undefined;
}
