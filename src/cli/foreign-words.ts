// Words by which other servers and process managers (PM2, Passenger, apachectl, Docker) call what gw does by another command.

/** By the word that was typed: the command line in its place. */
export const FOREIGN_COMMANDS: ReadonlyMap<string, string> = new Map([
  ...likewise("gw start-server APP", ["start", "run", "serve", "up"]),
  ...likewise("gw start-server APP --reload-on-changes", ["dev", "watch"]),
  ...likewise("gw status", ["list", "ls", "ps", "describe", "show", "info"]),
  ...likewise("gw top", ["monit", "monitor", "dash"]),
  ...likewise("gw stop", ["kill", "delete", "del", "down", "quit", "shutdown", "terminate"]),
  ...likewise("gw reload", ["graceful", "hup"]),
  ...likewise("gw logs", ["log", "tail"]),
  ...likewise("gw check-config", ["check", "configtest", "test", "validate"]),
  ...likewise("gw show-config", ["config", "conf", "env"]),
  ...likewise("gw setup-server APP --server-root DIR, which tells how gw starts at boot", [
    "startup",
    "save",
    "resurrect",
    "install",
    "enable",
  ]),
]);

function likewise(here: string, words: readonly string[]): [string, string][] {
  return words.map((word) => [word, here]);
}
