import { expect, test } from "bun:test";
import { plainlyAccepted, RecentAnswer, RecentAnswers } from "../../../src/front/files/recent-answers.ts";

const answer = (accepted?: string) => new RecentAnswer(["ETag", "x"], new Uint8Array(3), accepted);

test.each([
  [[], ""],
  [["Host", "a", "Accept", "*/*", "Range-Unit", "x", "Iffy", "x"], ""],
  [["range", "bytes=0-1"], undefined],
  [["If-None-Match", "x"], undefined],
  [["iF-RaNgE", "x"], undefined],
  [["Accept-Language", "de", "accept-Encoding", "br"], "br"],
  [["Accept-Encoding", "br", "Accept-Encoding", "gzip"], undefined],
] as const)("%j: plainly asked with %j", (fields, expected) => {
  expect(plainlyAccepted(fields)).toBe(expected as string | undefined);
});

test("a file that has several forms is kept in each, for who accepts the same", () => {
  const recent = new RecentAnswers();
  const [brotli, plain] = [answer("br, gzip"), answer("")];
  recent.keep("/a", brotli, 100);
  recent.keep("/a", plain, 100);
  const accepting = (...fields: string[]) => recent.answerFor("/a", fields, 200);
  expect(accepting("Accept-Encoding", "br, gzip")).toBe(brotli);
  expect(accepting()).toBe(plain);
  expect(accepting("Accept-Encoding", "gzip")).toBeUndefined();
  for (let at = 0; at < 100; at++) recent.keep("/a", answer(`x${at}`), 100);
  expect(accepting("Accept-Encoding", "br, gzip")).toBeUndefined();
  expect(accepting("Accept-Encoding", "x99")?.accepted).toBe("x99");
  // Looked at again, it has no others.
  const only = answer();
  recent.keep("/a", only, 150);
  expect(accepting("Accept-Encoding", "x99")).toBe(only);
});

test("its fields are the same list until the date is another one", () => {
  const one = answer();
  const fields = one.fieldsAt("now");
  expect([fields, one.fieldsAt("now") === fields]).toEqual([["ETag", "x", "Date", "now"], true]);
  expect(one.fieldsAt("later")).toEqual(["ETag", "x", "Date", "later"]);
});

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
