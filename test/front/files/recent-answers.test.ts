import { expect, test } from "bun:test";
import { asksPlainly, RecentAnswers } from "../../../src/front/files/recent-answers.ts";

const answer = (varies = false) => ({ fields: ["ETag", "x"], body: new Uint8Array(3), varies });

test.each([
  [[], false, true],
  [["Host", "a", "Accept", "*/*", "Range-Unit", "x", "Iffy", "x"], true, true],
  [["range", "bytes=0-1"], false, false],
  [["If-None-Match", "x"], false, false],
  [["iF-RaNgE", "x"], false, false],
  [["Accept-Encoding", "br"], false, true],
  [["accept-encoding", "br"], true, false],
] as const)(
  "%j, where the form depends on what is accepted (%j): plainly asked %j",
  (fields, varies, expected) => {
    expect(asksPlainly(fields, varies)).toBe(expected);
  },
);

test("what was found out holds for as long as the look at the file, and no longer", () => {
  const recent = new RecentAnswers();
  recent.keep("/a", answer(), 100);
  recent.keepMiss("/b", 100);
  expect(recent.answerFor("/a", [], 299)?.body).toHaveLength(3);
  expect(recent.answerFor("/a", ["Range", "bytes=0-1"], 299)).toBeUndefined();
  expect(recent.answerFor("/a", [], 300)).toBeUndefined();
  expect(recent.answerFor("/b", [], 100)).toBeUndefined();
  expect([recent.isMiss("/b", 299), recent.isMiss("/b", 300), recent.isMiss("/a", 100)]).toEqual([
    true,
    false,
    false,
  ]);
});

test("clients that make up paths do not fill the memory", () => {
  const recent = new RecentAnswers();
  for (let at = 0; at < 100_000; at++) recent.keepMiss(`/${at}`, 0);
  expect([recent.isMiss("/1", 1), recent.isMiss("/99999", 1)]).toEqual([false, true]);
});
