// A file of users and the hashes of their passwords, as htpasswd writes it: one `user:hash` a line. Pure.

import type { Problem } from "../options/declare/problems.ts";
import { shellWord } from "../os/shell-words.ts";
import { hashFormOf } from "./hash-forms.ts";
import { userNameFault } from "./user-names.ts";

/** In UTF-16 units. The longest hash that is taken has some 200. */
const LINE_MOST = 2048;
/** A whole file of another form is told by its first lines. */
const PROBLEMS_MOST = 10;

/** The hash of each user, in the order of the file. */
export type PasswordHashes = ReadonlyMap<string, string>;

/**
 * What stands in a file. Where there are problems nothing of it is to be used; `hashes` has what was right. `warnings` are one
 * sentence each. No problem and no warning shows a hash or a password.
 */
export type PasswordsRead = { hashes: PasswordHashes; problems: Problem[]; warnings: string[] };

export type PasswordsSource = {
  text: string;
  /** How it is named to the operator. */
  path: string;
  /** Which flag, variable or line of a file has named it. */
  from?: string | undefined;
};

/** One line of the file. `user` and `hash` are undefined where it names nobody: a comment, or nothing. */
export type PasswordLine = { text: string; user?: string; hash?: string };

/** `text` is the line without its end. What follows a second colon is a comment, as for nginx. */
export function readPasswordLine(text: string): PasswordLine {
  const bare = text.trimEnd();
  if (bare === "" || bare.startsWith("#")) return { text };
  const [user = "", hash = ""] = bare.split(":", 2);
  return { text, user, hash };
}

/** Lines with their ends. A mark of the byte order, which some editors write, belongs to no line. */
export function linesOf(text: string): string[] {
  return text.replace(/^\ufeff/, "").match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

export function readPasswords({ text, path, from }: PasswordsSource): PasswordsRead {
  const hashes = new Map<string, string>();
  const lineOf = new Map<string, number>();
  const cheap: string[] = [];
  const faults: Fault[] = [];
  for (const [i, line] of linesOf(text).entries()) {
    const { user, hash = "" } = readPasswordLine(line);
    if (user === undefined) continue;
    const form = hashFormOf(hash);
    const fault = faultOfLine(line, user, lineOf.get(user)) ?? faultOfHash(form, line, { path, user });
    if (fault) {
      faults.push({ ...fault, line: i + 1 });
      continue;
    }
    lineOf.set(user, i + 1);
    hashes.set(user, hash);
    if ("isCheap" in form && form.isCheap) cheap.push(user);
  }
  return {
    hashes,
    problems: tell(faults, path, from),
    warnings: [...warnOfNone(hashes, faults, path), ...warnOfCheap(cheap, path)],
  };
}

type Fault = { what: string; advice: string; line: number };

function faultOfLine(
  line: string,
  user: string,
  earlier: number | undefined,
): Omit<Fault, "line"> | undefined {
  if (line.includes("\ufffd")) return { what: "is not UTF-8", advice: "Write the file in UTF-8" };
  if (line.length > LINE_MOST || !line.includes(":"))
    return { what: "is not of the form user:hash", advice: "gw password writes such lines" };
  const fault = userNameFault(user);
  if (fault !== undefined) return { what: `names a user whose name ${fault}`, advice: "Take the line out" };
  if (earlier !== undefined)
    return { what: `names "${user}" again, as line ${earlier}`, advice: "Take one of the two lines out" };
  return undefined;
}

/** `user:realm:MD5`, in a file for Digest. */
const DIGEST_LINE = /^[^:]*:[^:]*:[0-9a-f]{32,64}\s*$/i;

function faultOfHash(
  form: ReturnType<typeof hashFormOf>,
  line: string,
  { path, user }: { path: string; user: string },
): Omit<Fault, "line"> | undefined {
  if (!("refused" in form)) return undefined;
  if (DIGEST_LINE.test(line))
    return {
      what: `is one of htdigest, for "${user}" and a realm`,
      advice: "Digest takes a script with getRealmHash; for Basic set a password with gw password",
    };
  return {
    what: `has the password of "${user}" as ${form.refused}, which ${form.why}`,
    advice: `Set it anew: gw password ${shellWord(path)} ${shellWord(user)}`,
  };
}

function tell(faults: readonly Fault[], path: string, from: string | undefined): Problem[] {
  const setBy = from === undefined ? {} : { from };
  const told = faults.slice(0, PROBLEMS_MOST).map(
    ({ what, advice, line }): Problem => ({
      cause: "configuration",
      what: `Line ${line} of "${path}" ${what}`,
      ...setBy,
      advice,
    }),
  );
  const more = faults.length - told.length;
  if (more > 0)
    told.push({
      cause: "configuration",
      what: `There are ${more} more lines in "${path}" that are wrong`,
      ...setBy,
    });
  return told;
}

function warnOfNone(hashes: PasswordHashes, faults: readonly Fault[], path: string): string[] {
  return hashes.size + faults.length > 0 ? [] : [`there is no user in "${path}", so that nobody gets in`];
}

function warnOfCheap([user, ...more]: readonly string[], path: string): string[] {
  if (user === undefined) return [];
  const others = more.length > 0 ? `, and those of ${more.length} more users,` : "";
  return [
    `the hash of "${user}"${others} in "${path}" can be guessed fast by who gets hold of it: gw password ${shellWord(path)} ${shellWord(user)} makes a better one`,
  ];
}
