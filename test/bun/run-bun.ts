// Runs a program of a few lines in a Bun of its own.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTempDir } from "../support/temp-dir.ts";

export async function runBun(source: string): Promise<{ stdout: string; stderr: string }> {
  using dir = makeTempDir();
  writeFileSync(join(dir.path, "program.ts"), source);
  const child = Bun.spawn([process.execPath, "--no-install", "program.ts"], {
    cwd: dir.path,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { stdout, stderr };
}
