// What a child says is also kept, and shown: nothing of it is longer, or more, than anything of ours would be. Pure.

/** In characters: the app's own error with its frames, a line of the log. */
const LONGEST_TEXT = 32 * 1024;
/** As long as the system takes; sentences are shorter. */
const LONGEST_PATH = 4_096;
/** Names, ids, words of a table. */
const LONGEST_WORD = 256;
/** Groups, causes, or workers of all generations. */
export const MOST_LISTED = 8_192;

export const cutText = (text: string) => text.slice(0, LONGEST_TEXT);
export const cutPath = (text: string) => text.slice(0, LONGEST_PATH);
export const cutWord = (text: string) => text.slice(0, LONGEST_WORD);
/** A number of things, whatever an app says that it is. */
export const countOf = (said: number) => Math.min(Math.max(0, said), Number.MAX_SAFE_INTEGER);

export const isNumber = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value);
export const isText = (value: unknown): value is string => typeof value === "string";
export const isPath = (value: unknown): value is string => isText(value) && value.length <= LONGEST_PATH;
// Compared, never converted: String() of an object from a child runs into whatever its `toString` is.
export const isOneOf =
  <T extends string>(words: readonly T[]) =>
  (value: unknown): value is T =>
    words.some((word) => word === value);
