import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createLog, oneLine, renderLine } from "../../src/core/log.ts";
import { FakeClock } from "../support/fake-clock.ts";

function written(colors = false) {
  const lines: string[] = [];
  const clock = new FakeClock();
  return { lines, log: createLog((line) => void lines.push(renderLine(line, colors, clock))) };
}

describe("log", () => {
  test("a line is the time, the level, who speaks, the text and its fields", () => {
    const { lines, log } = written();
    log
      .child("worker 1")
      .child("app")
      .warn("said", { a: 1, b: "two words", c: undefined, d: "", e: 'x"y', f: true });
    expect(lines).toEqual([
      '2026-01-01T00:00:00.000Z warn  worker 1 app: said a=1 b="two words" d="" e="x\\"y" f=true',
    ]);
  });

  test("names of fields are escaped like their values: a child may choose them", () => {
    const { lines, log } = written();
    log.info("said", { "a\n2026 error forged \x1b[31m": 1 });
    expect(lines[0]).toEndWith(" said a\\n2026 error forged \\x1b[31m=1");
  });

  test("equal lines are all written: each is a fact of its own", () => {
    const { lines, log } = written();
    for (let n = 0; n < 20; n++) log.error("the same");
    expect(lines).toHaveLength(20);
  });

  test("colours change nothing but the look", () => {
    const { lines, log } = written(true);
    log.debug("x", { a: 1 });
    expect(lines.join("").replace(/\x1b\[\d+m/g, "")).toBe("00:00:00 debug x a=1");
  });

  for (const [given, wanted] of [
    ["a\nb", "a\\nb"],
    ["a\r\nb", "a\\x0d\\nb"],
    ["\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"],
    ["nul \x00 del \x7f csi \x9b", "nul \\x00 del \\x7f csi \\x9b"],
    ["tab\tstays, so does ü and 日本", "tab\tstays, so does ü and 日本"],
    ["line\u2028paragraph\u2029", "line\\x2028paragraph\\x2029"],
  ] as const) {
    test(`log: ${JSON.stringify(given)} is written in one line`, () => expect(oneLine(given)).toBe(wanted));
  }

  test("whatever text and fields hold, one call is one line and moves no cursor", () => {
    const any = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(any, any, any, (text, field, tag) => {
        const { lines, log } = written();
        log.child(oneLine(tag)).info(text, { field });
        expect(lines).toHaveLength(1);
        expect(lines[0]).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/);
      }),
    );
  });
});
