// Finds the processes that a test has started, wherever they went: all that carry the test's mark in their environment.
import { readdirSync, readFileSync } from "node:fs";

export type Mark = {
  env: Record<string, string>;
  /** Pids that carry the mark and are more than a zombie. */
  pids(): number[];
};

export function makeMark(): Mark {
  const value = crypto.randomUUID();
  // All that a front end is given of the environment is where libraries are.
  const libraries = [process.env.LD_LIBRARY_PATH, `/nowhere/${value}`].filter(Boolean).join(":");
  return {
    env: { TEST_MARK: value, LD_LIBRARY_PATH: libraries },
    pids: () =>
      readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/environ`).includes(value))
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
