// The error of somebody else's source that could not be loaded: what is said to its author, and what it leads to.

import { type ErrorFacts, GwError } from "../core/errors.ts";
import { isRecord } from "../core/records.ts";
import { renderAppError, summarizeAppError } from "./app-errors.ts";

export function loadFailure(thrown: unknown): GwError {
  if (thrown instanceof GwError) return thrown;
  const missing = missingPackage(thrown);
  const reason = missing ?? summarizeAppError(thrown);
  const facts: ErrorFacts = { reason };
  const failure = new GwError("app_load_failed", facts, renderAppError(thrown));
  // What it names is looked at again by who tells which files are to be mended.
  failure.cause = thrown;
  return failure;
}

/** In Bun's words the importing file comes last or not at all; people need it first, and what to do. */
function missingPackage(thrown: unknown): string | undefined {
  if (!isRecord(thrown) || !isText(thrown.specifier)) return undefined;
  const from = isText(thrown.referrer) ? thrown.referrer : "the app";
  if (/^[./]|^file:/.test(thrown.specifier))
    return `${from} imports "${thrown.specifier}", and there is no such file`;
  return `${from} imports "${thrown.specifier}", which is not installed; run npm install or bun install beside the app`;
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
