// One thing wrong with what the operator asked for. Problems are collected, never thrown one by one, so that
// every one of them is shown at once. How they look on a terminal is the business of cli/.

import { ERRORS } from "../../core/errors.ts";

export type ProblemCause = "usage" | "configuration" | "app_not_found";

export type Problem = {
  /** Row of the error table: decides the exit code. */
  cause: ProblemCause;
  /** What is wrong, with the value in quotes. */
  what: string;
  /** Which flag, variable, or line of a file said so. */
  from?: string;
  accepted?: string;
  /** What to do. */
  advice?: string;
  /** Text of somebody else, for example the error a configuration file threw. */
  detail?: string;
};

/** Misuse of the command hides behind nothing; a missing app may follow from either of the others. */
const GRAVEST_FIRST: readonly ProblemCause[] = ["usage", "configuration", "app_not_found"];

/** The row that speaks for all of them. */
export function gravest(problems: readonly Problem[]): ProblemCause {
  return (
    GRAVEST_FIRST.find((cause) => problems.some((problem) => problem.cause === cause)) ?? "configuration"
  );
}

export function exitCodeOf(problems: readonly Problem[]): number {
  return ERRORS[gravest(problems)].exit;
}
