// What the supervisor knows of its own process and the machine. The CLI fills it in from `process`; tests make their
// own. Types only.

import type { Environment } from "../../core/environment.ts";

export type Executable = {
  path: string;
  /** What ps shows, where that is not the path. */
  name?: string;
  /** The entry's source file, when gw is not compiled and `path` is a plain runtime. */
  script?: string;
};

export type System = {
  pid: number;
  uid: number;
  executable: Executable;
  env: Environment;
  /**
   * How this process was started: by which one, with which words, and from where. `rootPid`: after which its server root may be
   * called; that and `cwd` are of the first gw where others have taken over since.
   */
  start?: { parent: number; words: readonly string[]; rootPid: number; cwd: string };
  /** kill(2): a negative pid means the process group; signal 0 only asks. Throws as the system refuses. */
  kill(pid: number, signal: NodeJS.Signals | 0): void;
};
