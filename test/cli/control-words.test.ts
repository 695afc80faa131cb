import { expect, test } from "bun:test";
import { readControlWords } from "../../src/cli/control-words.ts";
import type { CommandName } from "../../src/control/commands.ts";

function read(command: CommandName, words: string, env: Record<string, string> = {}) {
  const got = readControlWords(command, words.split(" ").filter(Boolean), env);
  if ("problems" in got)
    return got.problems.map(({ what, advice }) => (advice ? `${what} | ${advice}` : what));
  return {
    ...got.request.arguments,
    ...got.wanted,
    ...(got.switches.size > 0 && { switches: [...got.switches] }),
  };
}

test.each<[CommandName, string, object]>([
  ["status", "", {}],
  ["status", "--json --port 8000", { switches: ["json"], port: 8000 }],
  ["status", "--server-root=/a=b", { serverRoot: "/a=b" }],
  ["logs", "-f", { follow: true }],
  ["logs", "--follow", { follow: true }],
  ["restart", "--worker 2 --port=1", { worker: 2, port: 1 }],
  ["stop", "--now", { now: true }],
])("control words: gw %s %s", (command, words, expected) => {
  expect(read(command, words)).toEqual(expected as never);
});

test.each<[CommandName, string, string[]]>([
  ["status", "app.ts", ['gw status does not take "app.ts" | gw help status shows what it takes']],
  ["status", "--jsn", ['gw status does not take "--jsn" | The nearest is --json']],
  ["status", "--json=yes", ['"--json" takes no value, but "yes" was given']],
  ["status", "--json --json", ['"--json" was given twice']],
  ["logs", "-f --follow", ['"--follow" was given twice']],
  ["restart", "--worker", ['"--worker" has no value']],
  ["restart", "--worker --port 1", ['"--worker" has no value']],
  ["restart", "--worker two", ['--worker cannot be "two"']],
  ["restart", "--worker 0", ['--worker cannot be "0"']],
  ["stop", "--port 65536", ['--port cannot be "65536"']],
  [
    "stop",
    "--port -1",
    ['"--port" has no value', 'gw stop does not take "-1" | gw help stop shows what it takes'],
  ],
])("control words: gw %s %s is refused", (command, words, problems) => {
  expect(read(command, words)).toEqual(problems as never);
});

test.each<[string, Record<string, string>, object]>([
  ["", { GW_PORT: "8000" }, { port: 8000 }],
  ["", { GW_PORT: "0" }, {}],
  ["", { GW_SERVER_ROOT: "/r", GW_PORT: "8000" }, { serverRoot: "/r" }],
  ["--port 1", { GW_SERVER_ROOT: "/r", GW_PORT: "8000" }, { port: 1 }],
  ["", { GW_PORT: "many" }, ['"many" is no port']],
])("control words: %s with %j in the environment", (words, env, expected) => {
  expect(read("stop", words, env)).toEqual(expected as never);
});
