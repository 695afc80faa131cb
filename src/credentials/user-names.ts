// What a user may be called. One rule for all that names one: a client, a file of passwords, a hook that renames. Apps get the
// name in a header field and people read it in logs, so that nothing may stand in it that either could take for something
// else. Pure.

/** In bytes of UTF-8. */
export const USER_BYTES_MOST = 255;

/** Ends of lines and other controls, half characters, and what turns the direction in which a line is read. */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** What is wrong with the name, as the end of a sentence that begins with it; undefined where it is one. */
export function userNameFault(name: string): string | undefined {
  if (name === "") return "is empty";
  if (Buffer.byteLength(name) > USER_BYTES_MOST) return `has more than ${USER_BYTES_MOST} bytes`;
  if (UNSAFE.test(name)) return "holds a character that is not to be seen, or turns the line around";
  // Whoever reads a header field takes white space away at both ends: it would be another user's name then.
  if (name !== name.trim()) return "begins or ends with white space";
  return undefined;
}

export const isUserName = (name: unknown): name is string =>
  typeof name === "string" && userNameFault(name) === undefined;

/** As the value of a header field: each byte of UTF-8 is one character, as everywhere in lists of fields. */
export const userAsFieldValue = (name: string) => Buffer.from(name).toString("latin1");
