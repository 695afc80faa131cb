// Some programs change their user themselves, after they have taken what only root may have. For the kernel that is the
// moment to forget to whom the process is tied; so it is tied again.

const CHANGES = ["setuid", "seteuid", "setgid", "setegid", "setgroups", "initgroups"] as const;

type Change = (...args: unknown[]) => unknown;
/** What is used of `process`; none of it is there on every system. */
export type UserChanger = { [name in (typeof CHANGES)[number]]?: unknown };

/** `act` runs after each change, whether it was granted or not. */
export function afterUserChanges(program: UserChanger, act: () => void): void {
  for (const name of CHANGES) {
    const change = program[name];
    if (typeof change !== "function") continue;
    const changed: Change = (...args) => {
      try {
        return (change as Change).apply(program, args);
      } finally {
        act();
      }
    };
    Object.defineProperty(changed, "name", { value: name });
    Object.defineProperty(program, name, { value: changed, configurable: true, writable: true });
  }
}
