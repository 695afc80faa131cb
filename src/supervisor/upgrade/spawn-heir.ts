// Starts the program that is to be the next gw: by its descriptor, with the words that this gw was started with, and with all that
// it inherits. Nothing ties it to this process: it is to outlive it.

import { reasonOf } from "../../core/errors.ts";
import { ROLE_WORDS } from "../../link/roles.ts";
import { os } from "../../os/os.ts";
import { FIRST_INHERITED } from "../fronts/front-setup.ts";
import type { Offspring } from "../offspring/offspring.ts";
import type { System } from "../root/system.ts";
import type { FromOld } from "./messages.ts";
import type { Program } from "./program.ts";

/** `words`: the command line; `descriptors`: what it inherits, in this order, from 3 on; the program comes behind. */
export type HeirOrder = { program: Program; words: readonly string[]; descriptors: readonly number[] };

export type HeirEvents = {
  onMessage(raw: unknown): void;
  /** `exit code 1`, `signal SIGKILL`. */
  onExit(how: string): void;
};

export type HeirProcess = {
  pid: number;
  send(message: FromOld): void;
  signal(name: "SIGTERM" | "SIGKILL"): void;
};

/** Throws what the system says where it cannot be run at all. */
export type SpawnHeir = (order: HeirOrder, events: HeirEvents) => HeirProcess;

/** The number under which it has its own program open. */
export const programAt = (descriptors: readonly number[]) => FIRST_INHERITED + descriptors.length;

/** Its own: those of a service manager name this process. */
const OF_THIS_PROCESS = ["LISTEN_PID", "WATCHDOG_PID"];

export function heirSpawner(
  { env }: Pick<System, "env">,
  offspring: Pick<Offspring, "leaveToRuntime">,
): SpawnHeir {
  const own = Object.entries(env).filter(([name]) => !OF_THIS_PROCESS.includes(name));
  return ({ program, words, descriptors }, events) => {
    // As the new process will have it, which inherits it.
    const path = os.reopeningPath(programAt(descriptors));
    if (!path.ok) throw new Error(path.reason);
    const made = Bun.spawn([path.value, ROLE_WORDS.heir, ...words], {
      argv0: program.path,
      env: Object.fromEntries(own),
      stdio: ["inherit", "inherit", "inherit", ...descriptors, program.descriptor],
      serialization: "json",
      ipc: events.onMessage,
    });
    offspring.leaveToRuntime(made.pid, made.exited);
    const how = () => (made.signalCode === null ? `exit code ${made.exitCode}` : `signal ${made.signalCode}`);
    made.exited.then(
      () => events.onExit(how()),
      (error) => events.onExit(reasonOf(error)),
    );
    return {
      pid: made.pid,
      send(message) {
        try {
          made.send(message);
        } catch {
          // It is gone or going; its end is told by itself.
        }
      },
      signal: (name) => void made.kill(name),
    };
  };
}
