import { expect, test } from "bun:test";
import { AsyncLocalStorage } from "node:async_hooks";
import { markOutput } from "../../../src/worker/module/marked-output.ts";

function setUp() {
  const printed: string[] = [];
  const print =
    (fd: number) =>
    (...args: unknown[]) =>
      void printed.push(`${fd} ${args.join(" ")}`);
  const console = {
    ...{ log: print(1), info: print(1), debug: print(1), table: print(1), dir: print(1) },
    ...{ warn: print(2), error: print(2) },
  };
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
    console.table("rows");
    console.dir("object");
  });
  console.log("after");
  const mark = JSON.stringify("\x1ea-1\x1f");
  const ofRequest = [
    [1, "now 1"],
    [2, "later"],
    [1, "rows"],
    [1, "object"],
  ].flatMap(([fd, text]) => [`${fd} ${mark}`, `${fd} ${text}`]);
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
  expect(printed.filter((line) => line.includes("u001e"))).toHaveLength(2);
  expect(printed.indexOf("1 b-2")).toBe(printed.findIndex((line) => line.includes("u001eb-2")) + 1);
  expect(inRequest("c-3", () => 7)).toBe(7);
  expect(() =>
    inRequest("c-3", () => {
      throw new Error("thrown");
    }),
  ).toThrow("thrown");
  expect(console.log.name).toBe("log");
});
