import { describe, expect, test } from "bun:test";
import { hideOwnVariables } from "../../src/child/own-variables.ts";

function hide(environment: Record<string, string | undefined>) {
  const calls: unknown[][] = [];
  const starter = {
    spawn: (...args: unknown[]) => calls.push(args),
    spawnSync: (...args: unknown[]) => calls.push(args),
  };
  hideOwnVariables(environment, starter);
  return { calls, starter };
}

describe("own variables", () => {
  test("own variables: the worker's own are gone from the environment, the others stay", () => {
    const environment = { NODE_CHANNEL_FD: "3", BUN_JSC_forceRAMSize: "1", PATH: "/bin" };
    hide(environment);
    expect(environment).toEqual({ PATH: "/bin" } as never);
  });

  test("own variables: the first worker of a cluster is told of, in whichever form it is started", () => {
    let told = 0;
    const starter = { spawn: () => 0, spawnSync: () => 0 };
    hideOwnVariables({}, starter, () => told++);
    const spawn = starter.spawn as (...args: unknown[]) => unknown;
    spawn({ cmd: ["bun"], env: { PATH: "/bin" } });
    expect(told).toBe(0);
    for (let n = 1; n < 4; n++) spawn({ cmd: ["bun"], env: { NODE_UNIQUE_ID: String(n) } });
    expect(told).toBe(1);
  });

  const inherited = { env: { PATH: "/bin" } };
  const own = { env: { ONLY: "this" } };
  test.each<[string, unknown[], unknown[]]>([
    ["a command alone", [["ls"]], [["ls"], inherited]],
    ["a command with options", [["ls"], { cwd: "/" }], [["ls"], { cwd: "/", ...inherited }]],
    ["a command with an environment", [["ls"], own], [["ls"], own]],
    ["one object", [{ cmd: ["ls"] }], [{ cmd: ["ls"], ...inherited }, undefined]],
    ["one object with an environment", [{ cmd: ["ls"], ...own }], [{ cmd: ["ls"], ...own }, undefined]],
    ["options that are none are the runtime's to refuse", [["ls"], 7], [["ls"], 7]],
  ])("own variables: %s", (_name, given, passed) => {
    const { calls, starter } = hide({ NODE_CHANNEL_FD: "3", PATH: "/bin" });
    (starter.spawn as (...args: unknown[]) => unknown)(...given);
    (starter.spawnSync as (...args: unknown[]) => unknown)(...given);
    expect(calls).toEqual([passed, passed]);
  });
});
