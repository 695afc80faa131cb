// The time that an app has for the head of its answer, on a clock that stands still.
import { expect, test } from "bun:test";
import { Deadlines } from "../../../src/core/deadlines.ts";
import { beginAnswerTime, endAnswerTime } from "../../../src/front/visit/answer-time.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { Ends, idleHolder, visitOf } from "../fakes.ts";
import { PlainClient } from "../plain-client.ts";

function setUp(answerMs: number | undefined, silenceMs: number) {
  const clock = new FakeClock();
  const ends = new Ends();
  const visit = visitOf(new PlainClient(), 0, "v", ends);
  visit.handTo(idleHolder());
  const answers = answerMs === undefined ? undefined : new Deadlines(clock, answerMs);
  const times = { answers, silence: new Deadlines(clock, silenceMs) };
  return { clock, ends, times, time: beginAnswerTime(visit, times) };
}

test("answer time: the visit's own where it is over first, and an alarm beside that elsewhere", () => {
  expect(setUp(undefined, 1000).time).toBeUndefined();
  expect(setUp(1000, 1000).time).toBe("its visit's");
  const longer = setUp(1001, 1000);
  expect(longer.time).toBeObject();
  longer.clock.advance(1001);
  expect(longer.ends.kinds).toEqual(["request_timeout"]);
});

test("answer time: it ends without a word", () => {
  const { clock, ends, time, times } = setUp(1001, 1000);
  expect(endAnswerTime(time, times)).toBeUndefined();
  clock.advance(5000);
  expect(ends.kinds).toEqual([]);
});
