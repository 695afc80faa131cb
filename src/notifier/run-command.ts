// Tells an event to a program: a line for the shell, with the event on its standard input and nothing of it on the command
// line. When its time is over it is killed with all that it has started in its session.

export type CommandRun = {
  command: string;
  path: string;
  event: string;
  /** Kills all processes of a session, which may be none. */
  killSession(leader: number): void;
};

/** Of what it says on standard error, for the log. */
const SAID_BYTES = 300;

/** Rejects unless it ends with 0. `path`: where the shell looks for programs. */
export async function runCommand(
  { command, path, event, killSession }: CommandRun,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const child = Bun.spawn(["/bin/sh", "-c", command], {
    cwd: "/",
    env: { PATH: path, GW_EVENT: event },
    // It need not read it.
    stdio: [new TextEncoder().encode(text), "ignore", "pipe"],
    detached: true,
  });
  const kill = () => killSession(child.pid);
  if (signal.aborted) kill();
  signal.addEventListener("abort", kill, { once: true });
  try {
    const [said, code] = await Promise.all([readStart(child.stderr), child.exited]);
    if (code !== 0) throw new Error(`the command ended with ${describeEnd(child)}${said ? `: ${said}` : ""}`);
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

const describeEnd = ({ exitCode, signalCode }: Pick<Bun.Subprocess, "exitCode" | "signalCode">) =>
  signalCode ?? `exit code ${exitCode}`;

/** All of it is read, so that nobody waits for room, and the beginning is kept. */
async function readStart(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let said = "";
  for await (const piece of stream)
    if (said.length < SAID_BYTES) said += decoder.decode(piece, { stream: true });
  return said.slice(0, SAID_BYTES).trim().split("\n")[0] ?? "";
}
