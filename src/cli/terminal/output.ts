// Lines to the operator's terminal: problems, errors, and the colours they may have. Text is made by pure functions;
// only `print` and `complain` write.

import type { Environment } from "../../core/environment.ts";
import { codeOf, ERRORS, type GwError, reasonOf } from "../../core/errors.ts";
import { oneLine, withoutColors } from "../../core/log.ts";
import { gravest, type Problem, type ProblemCause } from "../../options/declare/problems.ts";

export type Paint = {
  strong(text: string): string;
  bad(text: string): string;
  good(text: string): string;
  faint(text: string): string;
};

const PLAIN: Paint = {
  strong: (text) => text,
  bad: (text) => text,
  good: (text) => text,
  faint: (text) => text,
};

function code(number: number): (text: string) => string {
  return (text) => `\x1b[${number}m${text}\x1b[0m`;
}

type ColorStream = { isTTY?: boolean; getColorDepth?(): number };

/**
 * On a terminal only, unless the operator says otherwise (https://force-color.org, https://no-color.org). Where both are
 * given, FORCE_COLOR holds, as for Node.
 */
export function wantsColors(stream: ColorStream, env: Environment): boolean {
  if (env.FORCE_COLOR) return !/^(0|false)$/.test(env.FORCE_COLOR);
  return Boolean(stream.isTTY) && !env.NO_COLOR && env.TERM !== "dumb";
}

/**
 * What tells apps that their colours are welcome, though they see a pipe: how many there may be. Nothing where the operator
 * has said it already, or wants none.
 */
export function colorVariable(stream: ColorStream, env: Environment): { FORCE_COLOR?: string } {
  if (env.FORCE_COLOR || !wantsColors(stream, env)) return {};
  const depth = stream.getColorDepth?.() ?? 4;
  return { FORCE_COLOR: depth >= 24 ? "3" : depth >= 8 ? "2" : "1" };
}

export function paintFor(stream: ColorStream, env: Environment): Paint {
  if (!wantsColors(stream, env)) return PLAIN;
  return { strong: code(1), bad: code(31), good: code(32), faint: code(90) };
}

/** What a command advises in the place of the error table. */
export type Hints = Partial<Record<ProblemCause, string>>;

/** Each problem in the order what, from, accepted, advice; then one line for all of them. */
export function renderProblems(
  problems: readonly Problem[],
  paint: Paint = PLAIN,
  hints: Hints = {},
): string[] {
  const cause = gravest(problems);
  const hint = hints[cause] ?? ERRORS[cause].hint;
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return [...listProblems(problems, paint), `gw: ${count}. ${hint}.`];
}

/** Each by itself, without what follows from them. */
export function listProblems(problems: readonly Problem[], paint: Paint = PLAIN): string[] {
  return problems.flatMap((problem) => renderProblem(problem, paint));
}

function renderProblem({ what, from, accepted, advice, detail }: Problem, paint: Paint): string[] {
  const facts = [
    ["set by", from],
    ["accepted", accepted],
    ["to do", advice],
  ].filter((fact): fact is [string, string] => fact[1] !== undefined);
  return [
    `${paint.bad("error:")} ${paint.strong(what)}`,
    ...facts.map(([name, text]) => `  ${paint.faint(`${name}:`.padEnd(10))}${text}`),
    ...(detail ?? "")
      .split("\n")
      .filter(Boolean)
      .map((line) => `  ${line}`),
  ];
}

/** An error that gw can name: the text of whom it belongs to first, then ours. An app's text moves no cursor. */
export function renderError(error: GwError, paint: Paint = PLAIN): string[] {
  return [
    ...(error.detail ? withoutColors(error.detail).trimEnd().split("\n").map(oneLine) : []),
    `${paint.bad("error:")} ${paint.strong(oneLine(error.message))}`,
    ...(error.hint ? [`  ${paint.faint("to do:".padEnd(10))}${error.hint}`] : []),
  ];
}

/** Why something that was printed is not where it was to go: a full disk, for example. */
let loss: string | undefined;

export function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(""), (error) => {
    // A reader who has stopped reading, as `head` does, has all that he wanted.
    if (error && codeOf(error) !== "EPIPE") loss ??= reasonOf(error);
  });
}

/** Undefined when all that was printed has been taken, or is not wanted any more. */
export const lostOutput = () => loss;

export function complain(lines: readonly string[]): void {
  process.stderr.write(lines.map((line) => `${line}\n`).join(""));
}
