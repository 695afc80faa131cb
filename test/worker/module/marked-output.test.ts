import { expect, test } from "bun:test";
import { AsyncLocalStorage } from "node:async_hooks";
import { EventEmitter } from "node:events";
import { markLastError, markOutput, markReports } from "../../../src/worker/module/marked-output.ts";

function setUp() {
  const printed: string[] = [];
  const print =
    (fd: number) =>
    (...args: unknown[]) =>
      void printed.push(`${fd} ${args.join(" ")}`);
  const of = (fd: number, ...names: string[]) => Object.fromEntries(names.map((name) => [name, print(fd)]));
  const console = {
    ...of(1, "log", "info", "debug", "table", "dir", "dirxml", "trace", "count", "group"),
    ...of(2, "warn", "error", "assert", "timeLog", "timeEnd"),
  } as unknown as Parameters<typeof markOutput>[0] &
    Record<"log" | "error" | "trace", (...words: unknown[]) => void>;
  const scope = new AsyncLocalStorage<string>();
  const write = (fd: number, text: string) => void printed.push(`${fd} ${JSON.stringify(text)}`);
  markOutput(console, () => scope.getStore(), write);
  const inRequest = <T>(id: string, act: () => T) => scope.run(id, act);
  return { printed, console, inRequest };
}

test("marked output: what is printed in a request is marked, on the stream on which it is printed", async () => {
  const { printed, console, inRequest } = setUp();
  console.log("before");
  await inRequest("a-1", async () => {
    console.log("now", 1);
    await Promise.resolve();
    console.error("later");
    console.trace("frames");
  });
  console.log("after");
  const [open, close] = ["\x1e(a-1\x1f", "\x1e)\x1f\n"].map((mark) => JSON.stringify(mark));
  const ofRequest = [
    [1, "now 1"],
    [2, "later"],
    [1, "frames"],
  ].flatMap(([fd, text]) => [`${fd} ${open}`, `${fd} ${text}`, `${fd} ${close}`]);
  expect(printed).toEqual(["1 before", ...ofRequest, "1 after"]);
});

test("marked output: requests that run at once keep their own ids; what the handler gives and throws comes through", async () => {
  const { printed, console, inRequest } = setUp();
  const gate = Promise.withResolvers<void>();
  const wait = (id: string) =>
    inRequest(id, async () => {
      await gate.promise;
      console.log(id);
    });
  const both = [wait("a-1"), wait("b-2")];
  gate.resolve();
  await Promise.all(both);
  expect(printed.filter((line) => line.includes("u001e("))).toHaveLength(2);
  expect(printed.indexOf("1 b-2")).toBe(printed.findIndex((line) => line.includes("u001e(b-2")) + 1);
  expect(inRequest("c-3", () => 7)).toBe(7);
  expect(() =>
    inRequest("c-3", () => {
      throw new Error("thrown");
    }),
  ).toThrow("thrown");
  expect(console.log.name).toBe("log");
});

test("marked output: what the runtime prints of an error that ends the process is marked, unless the app sees to errors itself", () => {
  const program = new EventEmitter();
  const written: string[] = [];
  let id: string | undefined = "a-1";
  markLastError(
    program,
    () => id,
    (fd, text) => void written.push(`${fd} ${text}`),
  );
  program.emit("uncaughtExceptionMonitor", new Error("x"));
  expect(written).toEqual(["2 \x1e(a-1\x1f"]);
  id = undefined;
  program.emit("uncaughtExceptionMonitor", new Error("x"));
  id = "a-1";
  program.on("uncaughtException", () => {});
  program.emit("uncaughtExceptionMonitor", new Error("x"));
  expect(written).toHaveLength(1);
});

test("marked output: what gw reports of an app is marked as a whole", () => {
  const printed: string[] = [];
  let id: string | undefined = "a-1";
  const report = markReports(
    () => id,
    (text) => void printed.push(text),
  );
  report("error: x\n  at f");
  id = undefined;
  report("y");
  expect(printed).toEqual(["\x1e(a-1\x1ferror: x\n  at f\n\x1e)\x1f\n", "y\n"]);
});
