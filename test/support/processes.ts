// Finds the processes that a test has started, wherever they went: all that carry the test's mark in their environment.
import { readdirSync, readFileSync } from "node:fs";

export type Mark = {
  env: Record<string, string> /** Pids that carry the mark and are more than a zombie. */;
  pids(): number[];
};

export function makeMark(): Mark {
  const value = crypto.randomUUID();
  const entry = `TEST_MARK=${value}`;
  return {
    env: { TEST_MARK: value },
    pids: () =>
      readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/environ`).split("\0").includes(entry))
        .map(Number),
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
