import { expect, test } from "bun:test";
import { Outcomes } from "../../src/exporter/outcomes.ts";
import { captureLog } from "../support/capture-log.ts";

test("outcomes: a failure is told once, and its end with what was lost", () => {
  const { log, lines } = captureLog();
  const outcomes = new Outcomes(log, "traces", "do this");
  outcomes.note(3, undefined);
  for (const count of [2, 5]) outcomes.note(count, "status 503");
  expect(lines.map(({ text, fields }) => [text, fields])).toEqual([
    [
      "the collector takes no traces; they are lost and counted until it does",
      { why: "status 503", advice: "do this" },
    ],
  ]);
  for (const count of [1, 1]) outcomes.note(count, undefined);
  expect(lines.slice(1).map(({ text, fields }) => [text, fields])).toEqual([
    ["the collector takes traces again", { lost: 7 }],
  ]);
});
