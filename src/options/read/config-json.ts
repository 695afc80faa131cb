// Text of gw.config.json to its members, each with its line: an operator who is told "line 7" looks once. Comments and
// commas before a closing brace are taken, as in a tsconfig. Pure.

import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";

/**
 * `shown` describes a value that JSON has no form for, from a configuration written in code. `members`: those of a value
 * that is an object itself, with their lines, and with keys that appear twice.
 */
export type Member = { key: string; value: unknown; line?: number; shown?: string; members?: Member[] };
export type ConfigText = { members: Member[] } | { fault: string; line: number; column: number };

/** Deeper than any option; stops a hostile file before the stack does. */
const DEEPEST = 64;

/** The members of the one object that the text must be, and theirs. `form`: whether comments and last commas are taken. */
export function readConfigJson(given: string, form: "jsonc" | "json" = "jsonc"): ConfigText {
  const text = given.replace(/^\uFEFF/, "");
  const deep = tooDeepAt(text);
  if (deep !== undefined)
    return { fault: `values are nested deeper than ${DEEPEST} levels`, ...positionIn(text, deep) };
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, {
    allowTrailingComma: form === "jsonc",
    disallowComments: form === "json",
  });
  const [error] = errors;
  if (error) return { fault: faultOf(error, text), ...positionIn(text, error.offset) };
  if (root?.type === "object") return { members: membersOf(root, text) };
  return {
    fault: `expected "{" at the beginning, found ${wordAt(text, root?.offset ?? text.length)}`,
    ...positionIn(text, root?.offset ?? text.length),
  };
}

/** Where braces and brackets stand too deep in each other; those in strings and comments do not count. */
function tooDeepAt(text: string): number | undefined {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"|\/\/.*|\/\*[\s\S]*?\*\/|[{}[\]]/g)) {
    if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    if (depth > DEEPEST) return index;
  }
  return undefined;
}

function membersOf({ children = [] }: Node, text: string): Member[] {
  return children.map(({ children: [key, value] = [] }) => ({
    key: String(key?.value),
    value: value && plainValue(value),
    line: positionIn(text, key?.offset ?? 0).line,
    ...(value?.type === "object" && { members: membersOf(value, text) }),
  }));
}

function plainValue(node: Node): unknown {
  const { type, children = [], value } = node;
  if (type === "array") return children.map(plainValue);
  if (type !== "object") return value;
  return Object.fromEntries(
    children.map(({ children: [key, of] = [] }) => [key?.value, of && plainValue(of)]),
  );
}

const WORDS: Readonly<Record<string, string>> = {
  InvalidNumberFormat: "a number that is none",
  PropertyNameExpected: "expected a key in double quotes",
  ValueExpected: "expected a value",
  ColonExpected: 'expected ":" after the key',
  CommaExpected: "expected a comma after a value",
  CloseBraceExpected: 'expected "}" or a comma after a value',
  CloseBracketExpected: 'expected "]" or a comma after a value',
  EndOfFileExpected: "expected the end of the file",
  InvalidCommentToken: "a comment, which JSON does not have",
  UnexpectedEndOfComment: "a comment without its end",
  UnexpectedEndOfString: "a string without its end",
  InvalidUnicode: "an escape that is none",
  InvalidEscapeCharacter: "an escape that is none",
  InvalidCharacter: "a control character in a string",
};

function faultOf({ error, offset }: ParseError, text: string): string {
  const words = WORDS[printParseErrorCode(error)];
  return words === undefined
    ? `${wordAt(text, offset)} is not JSON`
    : `${words}, found ${wordAt(text, offset)}`;
}

const SHOWN_MOST = 30;

function wordAt(text: string, offset: number): string {
  const [word = ""] = /^(?:"(?:[^"\\\n]|\\.)*"?|[{}[\]:,]|[^\s,}\]]+)/.exec(text.slice(offset)) ?? [];
  return word === "" ? "the end of the file" : word.slice(0, SHOWN_MOST).replace(/\p{Cc}/gu, "?");
}

/** Both count from 1. */
function positionIn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
