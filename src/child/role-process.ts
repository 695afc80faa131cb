// What each process does that the supervisor has started, in whatever role: it is bound to the supervisor and ends with it,
// greets it, tells it what it has to say, becomes who it was told to be, and says why it could not start. A role is what
// stands between the greeting and the end.

import { forbidCoreFiles, type Outcome, setProcessName } from "../../ffi/process.ts";
import type { Log } from "../core/log.ts";
import { VERSION } from "../core/version.ts";
import { type FromChild, PROTOCOL, type Role } from "../link/messages.ts";
import type { IdentitySetup } from "../link/setups.ts";
import { os } from "../os/os.ts";
import { type Channel, openChannel } from "./channel.ts";
import { takeIdentity } from "./identity.ts";
import { createChannelLog } from "./log.ts";
import { ParentTie } from "./parent-tie.ts";
import { answerStackSignal } from "./stack-signal.ts";

/** How such a process ends, apart from what somebody else's code does to it. */
export const EXIT = { left: 0, couldNotStart: 3, orphaned: 4 } as const;

export type StartFailed = Extract<FromChild, { type: "failed" }>;

export class RoleProcess {
  readonly channel: Channel;
  /** Each line goes to the supervisor. */
  readonly log: Log;
  readonly #role: Role;
  readonly #tie: ParentTie;
  readonly #bound: Outcome;

  /** Nothing is said yet; from here on it ends when the supervisor is gone. */
  constructor(role: Role) {
    const leave = () => process.exit(EXIT.orphaned);
    // Started by /proc/self/exe, it would be "exe" to everybody who looks. Where there are no such names, none is missed.
    setProcessName(`gw-${role}`);
    this.#role = role;
    this.#tie = new ParentTie(leave);
    this.channel = openChannel();
    this.channel.onLost(leave);
    // The channel's end is seen only by a loop that turns; the kernel's signal ends a stuck process as well.
    this.#bound = this.#tie.tie();
    this.log = createChannelLog(this.channel);
  }

  greet(): void {
    const hello = { protocol: PROTOCOL, role: this.#role, pid: process.pid, version: VERSION };
    this.channel.say({ type: "hello", ...hello });
    if (!this.#bound.ok)
      this.log.debug("this process cannot be bound to its parent", { reason: this.#bound.reason });
    // It is as large as the process's memory, besides.
    const core = forbidCoreFiles();
    if (!core.ok)
      this.log.warn("a core file of this process would hold what clients sent", { why: core.reason });
  }

  /** From now on it can be asked where its code stands. To be called before it becomes who it is to be. */
  answerStackSignal(): void {
    const mark = answerStackSignal(os, this.log);
    if (mark) this.channel.say({ type: "traceable", mark });
  }

  /** Binds it to its parent again where something has undone that. */
  stayBound(): void {
    this.#tie.hold();
  }

  /** Throws a GwError that names the step which the system refused. `home`: where to stand afterwards. */
  become(identity: IdentitySetup, home: string): void {
    const changeDirectory = (path: string) => process.chdir(path);
    takeIdentity({ role: this.#role, identity, home, changeDirectory, tieToParent: () => this.#tie.tie() });
  }

  /** What the terminal and the service manager send to everybody is the supervisor's affair, which tells its own what to do. */
  ignoreSignals(): void {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"] as const)
      process.on(signal, () => {});
  }

  /** Nothing is left to do: it ends as it was told to. */
  leave(): never {
    this.channel.say({ type: "drained" });
    this.channel.say({ type: "bye", reason: "drained" });
    process.exit(EXIT.left);
  }

  /** Ends when all of it is on its way. */
  async fail(failure: StartFailed): Promise<never> {
    await this.channel.deliver(failure);
    return process.exit(EXIT.couldNotStart);
  }

  /** Ends now: what runs here is not to go on. */
  failAtOnce(failure: StartFailed): never {
    this.channel.say(failure);
    process.exit(EXIT.couldNotStart);
  }
}

/**
 * Tells code that ends its process on purpose from an error that does: both leave with a code, and only the first one calls
 * process.exit. `note` runs before the process ends; the code finds process.exit as it knows it.
 */
export function noteExitCall(program: NodeJS.Process, note: (code: number) => void): void {
  const exit = program.exit.bind(program);
  const noted = (code?: number | string | null): never => {
    note(Number(code ?? program.exitCode ?? 0));
    return exit(code);
  };
  Object.defineProperty(program, "exit", { value: noted, configurable: true, writable: true });
}
