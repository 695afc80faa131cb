import { describe, expect, test } from "bun:test";
import { beginsError, continuesError, endsError, summarize } from "../../../src/core/logging/stack-lines.ts";

const ERROR = `1 | function f() {
2 |   throw new TypeError("broken");
            ^
TypeError: broken
 code: 7,

      at f (/app.ts:2:9)
      at /app.ts:5:1

4 | cause();
    ^
error: below
      at /app.ts:4:1`;
const TRACEBACK = `Traceback (most recent call last):
  File "/app.py", line 3, in view
    shop.sell()
shop.OutOfStock: none left

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app.py", line 9, in handle
KeyError: 'x'`;

/** As whoever reads line by line puts them together. */
function gather(text: string): string[][] {
  const records: string[][] = [];
  for (const line of text.split("\n")) {
    const last = records.at(-1);
    if (last && beginsError(last[0] ?? "") && continuesError(last, line)) last.push(line);
    else records.push([line]);
  }
  return records;
}

describe("stack lines", () => {
  test.each([
    ["an error of the runtime with its cause", ERROR, "TypeError: broken"],
    ["one that ends the process", `${ERROR}\n\nBun v1.4.5 (Linux x64)`, "TypeError: broken"],
    ["errors of Python, one for the other", TRACEBACK, "KeyError: 'x'"],
    ["a stack alone", "Error: x\n    at f (/app.ts:1:1)", "Error: x"],
    ["a thrown thing that is no error", "error: 7", "error: 7"],
  ])("%s is one record, with what went wrong in a sentence", (_name, text, message) => {
    expect(gather(text)).toHaveLength(1);
    expect(summarize(text.split("\n")).message).toBe(message);
  });

  test("what comes behind it is not, nor are two errors one", () => {
    expect(gather(`${ERROR}\nready`)).toEqual([ERROR.split("\n"), ["ready"]]);
    expect(gather(`${TRACEBACK}\nready`)).toEqual([TRACEBACK.split("\n"), ["ready"]]);
    expect(gather(`Error: a\n    at f (/a.ts:1:1)\nError: b\n    at f (/a.ts:1:1)`)).toHaveLength(2);
    expect(gather(`1 | a\n    ^\nerror: a\n      at /a.ts:1:1\n1 | b\n    ^\nerror: b`)).toHaveLength(2);
  });

  test("lines that are no error stay what they are", () => {
    const lines = ["listening on 3000", "errors: 0", '{"level":"error"}', "Error handling is on", "done"];
    expect(gather(lines.join("\n"))).toEqual(lines.map((line) => [line]));
    expect(summarize(["a", "b"])).toEqual({ message: "a\nb", hasStack: false });
    expect([endsError("Bun v1.4.5 (Linux x64)"), endsError("Bunch")]).toEqual([true, false]);
  });
});
