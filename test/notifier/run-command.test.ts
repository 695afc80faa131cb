import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { runCommand } from "../../src/notifier/run-command.ts";
import { eventually } from "../support/gw.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const PATH = process.env.PATH ?? "/usr/bin:/bin";
const killSession = (leader: number) => process.kill(-leader, "SIGKILL");
const never = new AbortController().signal;
const run = (command: string, text = "{}", signal = never) =>
  runCommand({ command, path: PATH, event: "crash", killSession }, text, signal);

test("run command: the event is on standard input, its kind in a variable, and nothing else of gw's own", async () => {
  using dir = makeTempDir();
  const file = `${dir.path}/told`;
  await run(`{ echo "$GW_EVENT"; cat; echo; env | grep -c . ; } > ${file}`, '{"a":"$(touch /tmp/never)"}');
  const [event, text, variables] = readFileSync(file, "utf8").split("\n");
  expect([event, text]).toEqual(["crash", '{"a":"$(touch /tmp/never)"}']);
  // GW_EVENT, PATH, and what a shell adds by itself.
  expect(Number(variables)).toBeLessThanOrEqual(6);
});

test("run command: it need not read", async () => {
  await run("exit 0", "x".repeat(1_000_000));
});

test.each([
  ["echo first >&2; echo second >&2; exit 3", "the command ended with exit code 3: first"],
  ["kill -9 $$", "the command ended with SIGKILL"],
  ["head -c 10000000 /dev/zero >&2; exit 1", "the command ended with exit code 1"],
])("run command: %s is a failure", async (command, why) => {
  const error = await run(command).then(
    () => undefined,
    (thrown) => thrown as Error,
  );
  expect(error?.message).toStartWith(why);
  expect(error?.message.length).toBeLessThan(400);
});

test("run command: when its time is over, all that it has started ends with it", async () => {
  using dir = makeTempDir();
  const file = `${dir.path}/pid`;
  const enough = new AbortController();
  const running = run(`sleep 600 & echo $! > ${file}; wait`, "{}", enough.signal).catch((error) => error);
  await eventually(() => existsSync(file) && readFileSync(file, "utf8").endsWith("\n"), "it has started one");
  enough.abort();
  expect(await running).toBeInstanceOf(Error);
  const pid = Number(readFileSync(file, "utf8"));
  await eventually(() => {
    try {
      process.kill(pid, 0);
      return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
    } catch {
      return true;
    }
  }, "its child is gone");
});
