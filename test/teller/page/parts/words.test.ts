import { expect, test } from "bun:test";
import {
  age,
  ago,
  amount,
  bytes,
  clockTime,
  counted,
  percent,
} from "../../../../src/teller/page/parts/words.ts";

test.each([
  [-5, "0 ms"],
  [340.4, "340 ms"],
  [1_000, "1.0 s"],
  [9_949, "9.9 s"],
  [9_960, "10 s"],
  [59_400, "59 s"],
  [60_000, "1 min"],
  [65_000, "1 min 5 s"],
  [3_600_000, "1 h"],
  [3_900_000, "1 h 5 min"],
  [3_605_000, "1 h"],
  [187_200_000, "2 d 4 h"],
])("words: %d ms is %s", (ms, text) => expect(age(ms)).toBe(text));

test("words: sizes, parts and counts", () => {
  expect([bytes(61 * 2 ** 20), bytes(1.5 * 2 ** 30), bytes(0)]).toEqual(["61 MB", "1.5 GB", "0 MB"]);
  expect([percent(0.426), amount(0.42), amount(12.54), amount(1204.4), amount(3)]).toEqual([
    ...["43 %", "0.4", "12.5", "1,204", "3"],
  ]);
  expect([counted(1, "worker"), counted(2, "worker"), counted(0, "one is", "ones are")]).toEqual([
    ...["1 worker", "2 workers", "0 ones are"],
  ]);
});

test("words: instants", () => {
  expect(ago(0, 65_000).text).toBe(
    '<time datetime="1970-01-01T00:00:00.000Z" title="1970-01-01T00:00:00.000Z">1 min 5 s ago</time>',
  );
  expect(ago(10, 0).text).toContain(">0 ms ago<");
  expect(clockTime(65_000)).toBe("00:01:05 UTC");
});
