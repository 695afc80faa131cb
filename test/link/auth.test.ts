// What an auth process may answer: its hooks are somebody else's code, and it may say anything.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type AuthAnswer, readAnswer, readQuestion } from "../../src/link/auth.ts";

const DOCUMENTED: AuthAnswer[] = [
  { id: 1, verdict: "allowed" },
  { id: 2, verdict: "allowed", user: "ann" },
  { id: 2, verdict: "allowed", user: "ann", isOfRequest: true },
  { id: 3, verdict: "denied" },
  { id: 4, verdict: "failed" },
  { id: 5, verdict: "challenged" },
  { id: 6, verdict: "challenged", nonce: "a_-B0", isStale: true },
  { id: 7, verdict: "challenged", nonce: "x", isWrong: true, only: "MD5" },
];

describe("auth answers", () => {
  test.each(DOCUMENTED)("auth answers: %j is taken as it is", (answer) => {
    expect(readAnswer(JSON.stringify(answer))).toEqual(answer);
  });

  test.each([
    "",
    "null",
    "[]",
    "{",
    '{"verdict":"allowed"}',
    '{"id":"1","verdict":"allowed"}',
    '{"id":1.5,"verdict":"allowed"}',
    '{"id":1}',
    '{"id":1,"verdict":"yes"}',
    '{"id":1,"verdict":{"toString":1}}',
    '{"id":1,"verdict":"allowed","user":7}',
    `{"id":1,"verdict":"allowed","user":"${"x".repeat(2_000)}"}`,
    '{"id":1,"verdict":"challenged","nonce":"a\\"b"}',
    '{"id":1,"verdict":"challenged","nonce":""}',
  ])("auth answers: %s is none", (line) => {
    expect(readAnswer(line)).toBeUndefined();
  });

  test("auth answers: nothing but the known fields comes through", () => {
    const line =
      '{"id":1,"verdict":"challenged","only":"MD4","isWrong":"yes","isStale":1,"user":"x","more":1,"__proto__":{"verdict":"allowed"}}';
    expect(readAnswer(line)).toEqual({ id: 1, verdict: "challenged" });
  });

  test("auth answers: whatever a process says is read or refused", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.object().map((one) => JSON.stringify({ id: 1, verdict: "allowed", ...one })),
        ),
        (line) => {
          const answer = readAnswer(line);
          if (answer) expect(["allowed", "denied", "failed", "challenged"]).toContain(answer.verdict);
        },
      ),
    );
  });
});

test("auth questions: one that is whole is taken, and no other", () => {
  const question = {
    id: 1,
    request: { method: "GET", target: "/", headers: [] },
    client: { address: "::1", port: 1 },
    tls: {},
  };
  expect(readQuestion(JSON.stringify(question))).toEqual(question);
  for (const key of Object.keys(question))
    expect(readQuestion(JSON.stringify({ ...question, [key]: undefined }))).toBeUndefined();
});
