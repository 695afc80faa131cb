// The stack of a process that hangs: told by a copy of it, and nothing of that is to be seen in the process.
import { expect, test } from "bun:test";
import { tellStackFromCopy } from "../../../ffi/stack/stack-copy.ts";
import { describeWith, type Need, ON_X64_LINUX, testWith } from "../../support/needs.ts";

const ELSEWHERE: Need = { isMet: !ON_X64_LINUX.isMet, why: "needs another system than Linux on x64" };

const PROGRAM = new URL("../../support/stuck-program.ts", import.meta.url).pathname;

function startStuck(how: string) {
  const made = Bun.spawn([process.execPath, PROGRAM, how], { stdio: ["pipe", "pipe", "pipe"] });
  return {
    made,
    output: lines(made.stdout),
    stacks: lines(made.stderr),
    [Symbol.asyncDispose]: async () => {
      made.kill("SIGKILL");
      await made.exited;
    },
  };
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true });
    const whole = text.split("\n");
    text = whole.pop() ?? "";
    yield* whole;
  }
}

/** Asked again until it answers as it is expected to: it may be in the middle of an allocation, or not there yet. */
async function stackOf(how: string, isThere: (frames: string[]) => boolean): Promise<string[]> {
  await using stuck = startStuck(how);
  expect((await stuck.output.next()).value).toBe('{"ok":true}');
  const asking = setInterval(() => stuck.made.kill("SIGURG"), 100);
  try {
    for await (const line of stuck.stacks) {
      const frames = JSON.parse(line.replace(/^STACK /, ""));
      if (isThere(frames)) return frames;
    }
    throw new Error("it has ended");
  } finally {
    clearInterval(asking);
  }
}

describeWith(ON_X64_LINUX)("stack copy", () => {
  test.each([
    ["a loop that calls nothing", /stuck-program\.ts:\d+/],
    ["recursion", /^fib .*stuck-program\.ts:\d+/],
    ["a system call", /^sleepSync /],
    ["a lock", /^wait /],
    ["the runtime's own code", /^stringify /],
    ["a generator", /stuck-program\.ts:\d+/],
    ["new objects", /stuck-program\.ts:\d+/],
  ])("of a process that hangs in %s", async (how, innermost) => {
    const frames = await stackOf(how, ([first = ""]) => innermost.test(first));
    expect(frames[0]).toMatch(innermost);
    expect(frames.join("\n")).toMatch(/stuck-program\.ts:\d+/);
  });

  test("of one whose event loop waits there is none", async () => {
    expect(await stackOf("nothing at all", (frames) => frames.length === 0)).toEqual([]);
  });

  test("a copy that hangs is known by its name where processes are listed", async () => {
    expect(await stackOf("its name", () => true)).toEqual(["gw-stack-copy"]);
  });

  test("a process that was asked a hundred times has done its work, and no child is left", async () => {
    await using stuck = startStuck("work");
    await stuck.output.next();
    let asked = 0;
    const asking = setInterval(() => {
      if (asked++ < 100) stuck.made.kill("SIGURG");
    }, 5);
    const end = await stuck.output.next();
    clearInterval(asking);
    expect(end.value).toBe('UNHARMED {"ok":true,"value":[]}');
    expect(await stuck.made.exited).toBe(0);
    expect(asked).toBeGreaterThan(0);
  });
});

testWith(ELSEWHERE)("stack copy: elsewhere the answer says that there is none", () => {
  const setup = { signal: 23, keep: 2, compiled: [], tell() {} };
  expect(tellStackFromCopy(setup)).toEqual({ ok: false, reason: expect.any(String) });
});
