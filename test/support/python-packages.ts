// Published packages of Python for the slow lanes: in a virtual environment that is made once for all files of a run, or the one that
// PYTHON_ENV names.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { makePublicDir } from "./temp-dir.ts";
import { PYTHON } from "./worker-process.ts";

let made: string | undefined;

/** The directory of an environment that has Flask and Django; made at the first question, gone when this process ends. */
export function packagedEnvironment(): string {
  made ??= process.env.PYTHON_ENV ?? makeEnvironment();
  return made;
}

function makeEnvironment(): string {
  const { path: directory } = makePublicDir();
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, "env");
  runTool([PYTHON ?? "python3", "-m", "venv", path]);
  // pip asks each of its indexes for each package, however many there are: one that is not reached may cost seconds, not minutes.
  runTool([join(path, "bin/pip"), "install", "--quiet", "--retries", "2", "flask", "django"]);
  return path;
}

type ToolOptions = { cwd: string; env: Record<string, string> };

/** What it prints; throws with the end of what it says of an error when it fails. */
export function runTool(command: string[], options?: ToolOptions): string {
  const done = Bun.spawnSync(command, {
    ...options,
    env: { ...process.env, ...options?.env },
    stderr: "pipe",
  });
  if (done.exitCode !== 0) throw new Error(`${command.join(" ")}: ${done.stderr.toString().slice(-2_000)}`);
  return done.stdout.toString();
}
