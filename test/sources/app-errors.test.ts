// An app's error in words: the app's own frames and no others.
import { describe, expect, test } from "bun:test";
import { renderAppError, summarizeAppError } from "../../src/sources/app-errors.ts";

function errorWith(stack: string): Error {
  const error = new TypeError("it broke");
  error.stack = `TypeError: it broke\n${stack}`;
  return error;
}

const FRAMES = [
  "    at handler (/srv/app/src/app.ts:12:7)",
  "    at <anonymous> (/$bunfs/root/gw:100:2)",
  `    at gateHandler (${import.meta.dir.replace("/test/", "/src/")}/adapt-fetch.ts:70:3)`,
  "    at processTicksAndRejections (native:7:39)",
  "    at emit (node:events:50:13)",
  "    at serve (unknown)",
  "    at /srv/app/node_modules/lib/index.js:3:1",
].join("\n");

describe("app errors", () => {
  test("app errors: frames of gw and of the runtime are left out", () => {
    const frames = renderAppError(errorWith(FRAMES))
      .split("\n")
      .filter((line) => /^\s+at .*(srv|bunfs|native|node:|unknown|src\/worker)/.test(line))
      .map((line) => line.trim());
    expect(frames).toEqual([
      "at handler (/srv/app/src/app.ts:12:7)",
      "at /srv/app/node_modules/lib/index.js:3:1",
    ]);
  });

  test("app errors: the lines of the code frame stay below each other", () => {
    const error = errorWith("");
    Object.defineProperty(error, Bun.inspect.custom, {
      value: () => "\n 9 | nine\n10 | ten\n     ^\nerror: it broke\n",
    });
    expect(renderAppError(error)).toBe(" 9 | nine\n10 | ten\n     ^\nerror: it broke");
  });

  test("app errors: the summary is one line with the app's place", () => {
    expect(summarizeAppError(errorWith(FRAMES))).toBe("it broke (/srv/app/src/app.ts:12:7)");
    expect(summarizeAppError(errorWith("    at emit (node:events:50:13)"))).toBe("it broke");
    expect(summarizeAppError(new AggregateError([errorWith(FRAMES)]))).toBe(
      "it broke (/srv/app/src/app.ts:12:7)",
    );
  });

  test.each([
    ["text", "just text", 'thrown: "just text"', "just text"],
    ["nothing", undefined, "thrown: undefined", "undefined"],
    ["null", null, "thrown: null", "null"],
    ["a number", 7, "thrown: 7", "7"],
  ])("app errors: %s may be thrown too", (_what, thrown, detail, summary) => {
    expect([renderAppError(thrown), summarizeAppError(thrown)]).toEqual([detail, summary]);
  });

  test("app errors: an error whose own properties throw is still reported", () => {
    const spiteful = new Error("spite");
    Object.defineProperty(spiteful, "cause", {
      get() {
        throw new Error("more spite");
      },
    });
    expect(renderAppError(spiteful)).toContain("spite");
  });

  test("app errors: a text of any length is bounded", () => {
    expect(renderAppError("x".repeat(1_000_000)).length).toBeLessThan(20_000);
  });
});
