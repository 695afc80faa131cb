// Tells an app that ends its process on purpose from one that an error ends: both leave with a code, and only the first
// one calls process.exit.

/** `note` runs before the process ends; the app finds process.exit as it knows it. */
export function noteExitCall(program: NodeJS.Process, note: (code: number) => void): void {
  const exit = program.exit.bind(program);
  const noted = (code?: number | string | null): never => {
    note(Number(code ?? program.exitCode ?? 0));
    return exit(code);
  };
  Object.defineProperty(program, "exit", { value: noted, configurable: true, writable: true });
}
