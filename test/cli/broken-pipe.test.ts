// Who reads what a command prints may stop early, as `head` does. That is no error, ends no work, and changes no exit code.
import { expect, test } from "bun:test";
import { GwError } from "../../src/core/errors.ts";
import { openTestServer } from "../support/control-server.ts";
import { type GwOptions, gwCommand, launchGw, runGw } from "../support/gw.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";

async function runUnread(words: string[], options?: GwOptions) {
  await using gw = launchGw(words, options);
  await gw.closeStdout();
  return { code: await gw.exited, stderr: gw.stderr() };
}

test.each([
  [[]],
  [["help", "start-server"]],
  [["version"]],
  [["print-schema"]],
  [["print-types"]],
  [["check-config"]],
  [["show-config", "--json"]],
  [["doctor"]],
])("broken pipe: gw %j ends quietly", async (words) => {
  expect(await runUnread(words)).toEqual({ code: 0, stderr: "" });
});

test("broken pipe: gw logs -f ends when nobody reads", async () => {
  await using server = openTestServer();
  server.tail.keep("a line");
  expect(await runUnread(["logs", "-f", "--server-root", server.serverRoot])).toEqual({
    code: 0,
    stderr: "",
  });
});

test.each([
  [
    "has failed",
    async () => Promise.reject(new GwError("command_failed", { what: "worker 2 did not start" })),
    1,
  ],
  ["is done", async () => ({ restarted: 2 }), 0],
] as const)(
  "broken pipe: gw restart waits on, and tells in its exit code that it %s",
  async (_how, end, code) => {
    const { promise: isUnread, resolve } = Promise.withResolvers<void>();
    await using server = openTestServer({
      async restart(_worker, onReplaced) {
        await isUnread;
        for (const worker of [1, 2]) onReplaced({ worker, oldPid: null, pid: 5 });
        return end();
      },
    });
    await using gw = launchGw(["restart", "--server-root", server.serverRoot]);
    await gw.closeStdout();
    resolve();
    expect(await gw.exited).toBe(code);
    expect(gw.stderr()).toMatch(code === 0 ? /^$/ : /worker 2 did not start/);
  },
);

testWith(ON_LINUX)("broken pipe: what is lost otherwise, as on a full disk, is an error", async () => {
  const command = ["sh", "-c", 'exec "$@" >/dev/full', "sh", ...gwCommand()];
  const { code, stderr } = await runGw(["print-schema"], { command });
  expect([code, stderr]).toEqual([
    74,
    expect.stringMatching(/^error: What the command prints could not be written: /),
  ]);
});
