// The text of `gwctl`, the script in a server root that knows where it belongs: plain POSIX sh, so that it runs on
// everything that gw runs on. Pure.

import { shellQuote } from "../../os/shell-words.ts";

export type ScriptFacts = {
  serverRoot: string;
  /** Program and first arguments that run gw. */
  command: readonly string[];
};

/** `seal` stands in the second line. */
export function renderScript({ serverRoot, command }: ScriptFacts, seal: string): string {
  const [program = "gw", ...first] = command;
  const words = ['"$GW"', ...first.map(shellQuote), '"$@"'].join(" ");
  return `#!/bin/sh
# ${seal}
# Steers the gw of one server root. gwctl without a word tells what it can do.
set -eu

ROOT=${shellQuote(serverRoot)}
# Another gw can be named in the environment.
GW=\${GW:-${shellQuote(program)}}
CONFIG=$ROOT/gw.config.json
LOG=$ROOT/logs/gw.log
DETACH=

# In a subshell, or as the last thing that is done here: it does not come back.
gw() {
  exec $DETACH ${words}
}
${SCRIPT}`;
}

const SCRIPT = `
serve() {
  gw start-server --config "$CONFIG" --server-root "$ROOT" "$@"
}

# Prints what gw says of itself. 0: it serves; 1: it is there; more: it is not.
ping() {
  (gw ping --server-root "$ROOT") 2>/dev/null
}

is_there() {
  code=0
  ping >/dev/null || code=$?
  [ "$code" -le 1 ]
}

nap() {
  sleep 0.2 2>/dev/null || sleep 1
}

# With the options that a start is to have.
configtest() {
  (gw check-config --config "$CONFIG" --server-root "$ROOT" "$@")
}

# Wherever it stands before --: whoever asks for help wants nothing to happen.
asks_for_help() {
  for one; do
    case $one in
      --) return 1 ;;
      -h | --help) return 0 ;;
    esac
  done
  return 1
}

start() {
  if is_there; then
    echo "gwctl: gw runs already: $(ping || :)" >&2
    return 1
  fi
  mkdir -p "$ROOT/logs"
  touch "$LOG"
  before=$(wc -l <"$LOG")
  # In a session of its own the terminal that gw is started from cannot take it along.
  (
    if command -v setsid >/dev/null; then DETACH=setsid; fi
    serve "$@"
  ) </dev/null >>"$LOG" 2>&1 &
  pid=$!
  while ! answer=$(ping); do
    if ! kill -0 "$pid" 2>/dev/null; then
      code=0
      wait "$pid" || code=$?
      echo "gwctl: gw has ended with exit code $code; it said in $LOG:" >&2
      tail -n "+$((before + 1))" "$LOG" | tail -n 20 >&2
      [ "$code" -ne 0 ] || code=1
      return "$code"
    fi
    nap
  done
  echo "$answer"
}

stop() {
  (gw stop --server-root "$ROOT" "$@")
}

usage() {
  cat <<'END'
gwctl start [OPTION...]       start gw in the background; its output goes to logs/gw.log
gwctl run [OPTION...]         run gw in the foreground, as a service manager wants it
gwctl stop [--now]            stop gw; what runs may finish (graceful-stop is the same)
gwctl restart [OPTION...]     check the configuration, stop, start
gwctl graceful [--wait]       take up a changed configuration and app without losing a request
gwctl configtest [OPTION...]  check gw.config.json and start nothing
gwctl status [--json]         how gw is doing
gwctl logs [-f]               what gw has logged last
gwctl why [SLOT|REQUEST-ID]   what went wrong, whom it hit, and what to do
gwctl WORD ...                any other command of gw, for this server root
OPTION is one of gw start-server: gwctl help start-server lists them
END
}

word=\${1-}
[ $# -eq 0 ] || shift
case $word in
  start | run | restart) if asks_for_help "$@"; then word=help; set --; fi ;;
esac
case $word in
  start) start "$@" ;;
  run) serve "$@" ;;
  stop | graceful-stop) stop "$@" ;;
  restart)
    # What would keep it from starting is found before it is stopped.
    configtest "$@" >/dev/null
    if is_there; then stop; fi
    start "$@"
    ;;
  graceful) gw reload --server-root "$ROOT" "$@" ;;
  configtest) configtest "$@" ;;
  check-config | show-config) gw "$word" --config "$CONFIG" --server-root "$ROOT" "$@" ;;
  version | doctor | print-schema | print-types | print-module) gw "$word" "$@" ;;
  help) if [ $# -eq 0 ]; then usage; else gw help "$@"; fi ;;
  '' | -h | --help) usage ;;
  *) gw "$word" --server-root "$ROOT" "$@" ;;
esac
`;
