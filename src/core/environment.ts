// The variables of a process, and which files of variables belong to an app by convention: those that `bun` itself reads in
// the directory where it is started. Pure.

export type Environment = Readonly<Record<string, string | undefined>>;

/** One variable of an environment; undefined where it is not set. */
export type Lookup = (name: string) => string | undefined;

/** Names, the strongest first. What is neither production nor test is development, as Bun has it. */
export function conventionalEnvFiles(lookup: Lookup): string[] {
  const said = lookup("BUN_ENV") ?? lookup("NODE_ENV");
  const mode = said === "production" || said === "test" ? said : "development";
  // What is local to one machine must not decide a run of tests.
  const local = mode === "test" ? [] : [".env.local"];
  return [`.env.${mode}.local`, ...local, `.env.${mode}`, ".env"];
}
