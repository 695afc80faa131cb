import { expect, test } from "bun:test";
import {
  judgeRequest,
  PLACE_WORDS,
  requestOf,
  wantedOf,
  wordsOf,
} from "../../../src/cli/control/control-words.ts";
import { readWords } from "../../../src/cli/terminal/words.ts";
import type { CommandName } from "../../../src/control/commands.ts";

function problemsAndValues(command: CommandName, words: readonly string[], env: Record<string, string>) {
  const rows = [...wordsOf(command), ...PLACE_WORDS];
  const { values, problems } = readWords(command, rows, words);
  return { values, problems: [...problems, ...judgeRequest(command, values, env)] };
}

function read(command: CommandName, words: string, env: Record<string, string> = {}) {
  const { values, problems } = problemsAndValues(command, words.split(" ").filter(Boolean), env);
  if (problems.length > 0) return problems.map(({ what, advice }) => (advice ? `${what} | ${advice}` : what));
  return {
    ...requestOf(command, values).arguments,
    ...wantedOf(values, env),
    ...(values.has("json") && { json: true }),
  };
}

test.each<[CommandName, string, object]>([
  ["status", "", {}],
  ["status", "--json --port 8000", { json: true, port: 8000 }],
  ["status", "--server-root=/a=b", { serverRoot: "/a=b" }],
  ["logs", "-f", { follow: true }],
  ["logs", "--follow", { follow: true }],
  ["restart", "--worker 2 --port=1", { worker: 2, port: 1 }],
  ["stop", "--now", { now: true }],
  ["reload", "", {}],
  ["reload", "--wait --port 1", { wait: true, port: 1 }],
  ["rollback", "--wait", { wait: true }],
  ["upgrade", "/bin/gw --wait --leave-parent", { file: "/bin/gw", wait: true, "leave-parent": true }],
  ["restart", "--front", { front: true }],
  ["scale", "4", { count: 4 }],
  ["scale", "0", { count: 0 }],
  ["scale", "api=4", { group: "api", count: 4 }],
  ["scale", "service:mail=4 --port 1", { group: "service:mail", count: 4, port: 1 }],
  ["scale", "api 4 --port 1", { group: "api", count: 4, port: 1 }],
  ["scale", "--port=1 service:mail 4", { group: "service:mail", count: 4, port: 1 }],
  ["drain", "3", { worker: 3 }],
  ["stack", "2", { worker: 2 }],
  ["profile", "2 --for 30s", { worker: 2, for: 30_000 }],
  ["heap", "2", { worker: 2 }],
  ["pause", "", {}],
  ["pause", "api", { group: "api" }],
  ["pause", "api --for 30s", { group: "api", for: 30_000 }],
  ["pause", "--for=1h", { for: 3_600_000 }],
  ["pause", "--for 1.5", { for: 1_500 }],
  ["resume", "api", { group: "api" }],
])("control words: gw %s %s", (command, words, expected) => {
  expect(read(command, words)).toEqual(expected as never);
});

test.each<[CommandName, string, string[]]>([
  ["status", "app.ts", ['gw status does not take "app.ts" | gw help status shows what it takes']],
  ["status", "--jsn", ['gw status does not take "--jsn" | The nearest is --json']],
  ["status", "--json=yes", ['"--json" takes no value, but "yes" was given']],
  ["status", "--json --json", ['--json was given 2 times, as "--json" and "--json" | Give it once']],
  ["logs", "-f --follow", ['--follow was given 2 times, as "-f" and "--follow" | Give it once']],
  ["restart", "--worker", ['"--worker" has no value']],
  ["restart", "--worker --port 1", ['"--worker" has no value']],
  ["restart", "--worker two", ['--worker cannot be "two"']],
  ["restart", "--worker 0", ['--worker cannot be "0"']],
  ["stop", "--port 65536", ['--port cannot be "65536"']],
  ["reload", "now", ['gw reload does not take "now" | gw help reload shows what it takes']],
  ["reload", "--wiat", ['gw reload does not take "--wiat" | The nearest is --wait']],
  ["restart", "--front --worker 1", ['"--front" and "--worker" cannot be given together']],
  ["scale", "", ["gw scale needs N | It is typed so: gw scale [GROUP] N"]],
  ["scale", "api", ['N cannot be "api"']],
  ["scale", "4 api", ['GROUP cannot be "4"', 'N cannot be "api"']],
  ["scale", "api= 4", ['GROUP cannot be "api="']],
  ["scale", "a=b=4", ['N cannot be "a=b=4"']],
  ["scale", "api=x", ['N cannot be "x"']],
  ["scale", "1025", ['N cannot be "1025"']],
  ["scale", "1.5", ['N cannot be "1.5"']],
  ["scale", "api 4 5", ['"5" is one word too many for gw scale | It is typed so: gw scale [GROUP] N']],
  ["scale", "--group api 4", ['gw scale does not take "--group" | gw help scale shows what it takes']],
  ["drain", "", ["gw drain needs SLOT | It is typed so: gw drain SLOT"]],
  ["drain", "0", ['SLOT cannot be "0"']],
  ["drain", "3 4", ['"4" is one word too many for gw drain | It is typed so: gw drain SLOT']],
  ["pause", "--for", ['"--for" has no value']],
  ["pause", "--for 61m", ['--for cannot be "61m"']],
  ["pause", "--for 0", ['--for cannot be "0"']],
  ["pause", "a/b", ['GROUP cannot be "a/b"']],
  ["resume", "a b", ['"b" is one word too many for gw resume | It is typed so: gw resume [GROUP]']],
  ["stop", "--port -1", ['--port cannot be "-1"']],
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

test("control words: a time without a longest one names none", () => {
  const [problem] = problemsAndValues("why", ["--since", "soon"], {}).problems;
  expect(problem?.accepted).toBe("a time such as 1500ms, 30s, 5m or 1h, or bare seconds; 1ms or more");
});

test("control words: what is accepted is said with the problem", () => {
  expect(problemsAndValues("pause", ["--for", "soon"], {}).problems).toEqual([
    {
      cause: "usage",
      what: '--for cannot be "soon"',
      from: "the command line",
      accepted: "a time such as 1500ms, 30s, 5m or 1h, or bare seconds; from 1ms to 1h",
    },
  ]);
});
