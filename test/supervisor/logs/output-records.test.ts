import { describe, expect, test } from "bun:test";
import { markLine, markText, openMark } from "../../../src/link/marked-lines.ts";
import { OutputRecords } from "../../../src/supervisor/logs/output-records.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const WORKER = { who: "worker 1", stream: "stderr", pid: 7 } as const;
const OWN = "      at <anonymous> (/$bunfs/root/gw:41:45579)";
const SCOPE = "      at run (node:async_hooks:144:29)";

function setUp({ joins = false, marks = true } = {}) {
  const clock = new FakeClock();
  const told: [id: string | undefined, text: string][] = [];
  const records = new OutputRecords({
    clock,
    readsMarks: () => marks,
    joins: () => joins,
    emit: ({ id, lines }) => void told.push([id, lines.join("|")]),
  });
  const say = (text: string, pid = 7) => {
    for (const line of text.replace(/\n$/, "").split("\n")) records.take({ ...WORKER, pid }, line);
  };
  return { clock, told, say, records };
}

describe("output records, line by line", () => {
  test("each line of what is printed at once is told at once, with the request's id; others have none", () => {
    const { told, say } = setUp();
    say("before");
    say(`${openMark("a-1")}x\ny`);
    expect(told.at(-1)).toEqual(["a-1", "y"]);
    say("of another process", 8);
    say("z\n\x1e)\x1f\nafter");
    say(`${markLine("b-2")}one line\nand another`);
    say(`left open${markText("c-3", "closed\n")}`);
    expect(told).toEqual([
      [undefined, "before"],
      ["a-1", "x"],
      ["a-1", "y"],
      [undefined, "of another process"],
      ["a-1", "z"],
      [undefined, "after"],
      ["b-2", "one line"],
      [undefined, "and another"],
      [undefined, "left open"],
      ["c-3", "closed"],
    ]);
  });

  test("what a process leaves open by its end is over soon", () => {
    const { told, say, clock } = setUp();
    say(`${openMark("a-1")}error: x`);
    clock.advance(1_001);
    say("later");
    expect(told).toEqual([
      ["a-1", "error: x"],
      [undefined, "later"],
    ]);
  });

  test("frames of gw, and the one by which it keeps the request, are left out; the app's own scopes are not", () => {
    const { told, say } = setUp({ marks: false });
    const own = "      at run (node:async_hooks:144:29)\n      at check (/app.ts:3:1)";
    say(`error: x\n      at fetch (/app.ts:1:1)\n${own}\n${OWN}\n${OWN}\n${SCOPE}\nnext`);
    expect(told.map(([, text]) => text.trim())).toEqual([
      "error: x",
      "at fetch (/app.ts:1:1)",
      "at run (node:async_hooks:144:29)",
      "at check (/app.ts:3:1)",
      "next",
    ]);
  });

  test("where nobody asks for ids, marks are what the app has printed", () => {
    const { told, say } = setUp({ marks: false });
    say(`${markLine("a-1")}x`);
    expect(told).toEqual([[undefined, `${markLine("a-1")}x`]]);
  });
});

describe("output records, joined", () => {
  test("what is printed at once is one record, and so is an error, which is over when something else comes", () => {
    const { told, say } = setUp({ joins: true });
    say(markText("a-1", "rows\n1\n2\n"));
    say(`error: x\n      at f (/app.ts:1:1)\n${OWN}\nready`);
    expect(told).toEqual([
      ["a-1", "rows|1|2"],
      [undefined, "error: x|      at f (/app.ts:1:1)"],
      [undefined, "ready"],
    ]);
  });

  test("lines that bear a mark each are one error when they are about the same request", () => {
    const { told, say, records } = setUp({ joins: true });
    const lines = [
      "Traceback (most recent call last):",
      '  File "/app.py", line 3, in view',
      "KeyError: 'x'",
    ];
    for (const id of ["a-1", "b-2"]) for (const line of lines) say(`${markLine(id)}${line}`);
    records.flush();
    expect(told).toEqual([
      ["a-1", lines.join("|")],
      ["b-2", lines.join("|")],
    ]);
  });

  test("an error waits a moment for the rest of it, and the end of its process ends it", () => {
    const { told, say, clock } = setUp({ joins: true });
    say("error: x");
    expect(told).toEqual([]);
    clock.advance(101);
    expect(told).toEqual([[undefined, "error: x"]]);
    say(`${openMark("a-1")}error: y\n\nBun v1.4.5 (Linux x64)\nof the next process`);
    expect(told.slice(1)).toEqual([
      ["a-1", "error: y||Bun v1.4.5 (Linux x64)"],
      [undefined, "of the next process"],
    ]);
  });

  test("what a process leaves open is told when it ends", () => {
    const { told, say, records } = setUp({ joins: true });
    say(`${openMark("a-1")}error: x`, 7);
    say(`${openMark("b-2")}error: y`, 8);
    records.end(7);
    expect(told).toEqual([["a-1", "error: x"]]);
  });

  test("nothing grows without bound", () => {
    const { told, say } = setUp({ joins: true });
    say(openMark("a-1") + "x\n".repeat(1_200));
    expect(told.length).toBe(2);
    expect(told.every(([id]) => id === "a-1")).toBe(true);
  });
});
