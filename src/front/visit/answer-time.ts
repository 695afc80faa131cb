// The request timeout of one visit: it runs while nobody but the app is waited for, until the head of its answer is there.

import { Alarm, type Deadlines } from "../../core/deadlines.ts";
import { GwError } from "../../core/errors.ts";
import type { Visit } from "./visit.ts";

/** `answers`: the request timeout, undefined without one; `silence`: the socket timeout. */
type TimeLimits = { readonly answers: Deadlines | undefined; readonly silence: Deadlines };

/** The visit's own time, which then ends no later than the socket timeout would; or an alarm beside that; undefined while none runs. */
export type AnswerTime = "its visit's" | Alarm | undefined;

export function beginAnswerTime(visit: Visit, { answers, silence }: TimeLimits): AnswerTime {
  if (!answers) return undefined;
  if (answers.lengthMs <= silence.lengthMs) {
    visit.limitTime(answers);
    return "its visit's";
  }
  const due = new Alarm(() => visit.refuse(new GwError("request_timeout")));
  answers.touch(due);
  return due;
}

/** Returns what runs then. */
export function endAnswerTime(time: AnswerTime, { answers }: TimeLimits): undefined {
  if (time instanceof Alarm) answers?.remove(time);
}
