// `gw password`: sets, deletes and verifies passwords in a file as of htpasswd.

import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { systemClock } from "../../core/clock.ts";
import { withoutPassword, withPassword } from "../../credentials/edit-passwords.ts";
import { PASSWORD_FILE_BYTES_MOST, readPasswordFile } from "../../credentials/password-file.ts";
import { hashPassword, passwordFault } from "../../credentials/passwords.ts";
import { createPasswordCheck } from "../../credentials/verify.ts";
import type { Problem } from "../../options/declare/problems.ts";
import { reportProblems, reportWarnings } from "../config/inspect.ts";
import { obstacleTo, replaceFile } from "../files/replace-file.ts";
import { complain, print } from "../terminal/output.ts";
import type { LineValues } from "../terminal/words.ts";
import { askPassword } from "./ask.ts";
import { type PasswordWords, passwordWordsOf } from "./password-words.ts";

/** As of a process that Ctrl-C has ended. */
const INTERRUPTED = 130;

export async function runPassword(values: LineValues): Promise<number> {
  const words = passwordWordsOf(values);
  const file = resolve(words.file);
  return TASKS[words.task]({ ...words, file });
}

const TASKS = { set: setPassword, delete: deletePassword, verify: verifyPassword } as const;

async function setPassword({ file, user, algorithm, asJson }: PasswordWords): Promise<number> {
  const obstacle = obstacleTo({ path: file, mostBytes: PASSWORD_FILE_BYTES_MOST });
  if (obstacle) return refuse(obstacle.problem, NOT_SET, obstacle.advice);
  const answer = await askPassword(user, { isNew: true });
  if (answer === undefined) return INTERRUPTED;
  if ("fault" in answer) return refuse(answer.fault, NOT_SET);
  const fault = passwordFault(answer.password, algorithm);
  if (fault !== undefined) return refuse(`The password ${fault}`, NOT_SET);
  const hash = await hashPassword(answer.password, algorithm);
  let isNew = false;
  const code = await change(file, (text = "") => {
    const changed = withPassword(text, user, hash);
    isNew = changed.isNew;
    return changed.text;
  });
  if (code !== 0) return code;
  const text = isNew ? `added ${user} to ${file}` : `set the password of ${user} in ${file}`;
  print([asJson ? JSON.stringify({ file, user, isNew }) : text]);
  warnOfOthers(file);
  return 0;
}

async function deletePassword({ file, user, asJson }: PasswordWords): Promise<number> {
  let isThere = false;
  const code = await change(file, (text) => {
    const left = text === undefined ? undefined : withoutPassword(text, user);
    isThere = left !== undefined;
    return left;
  });
  if (code !== 0) return code;
  if (!isThere) return tellNobody(file, user);
  print([asJson ? JSON.stringify({ file, user, isDeleted: true }) : `took ${user} out of ${file}`]);
  warnOfOthers(file);
  return 0;
}

/** As a server does that is given the file: where that would refuse it, nobody's password is right. */
async function verifyPassword({ file, user, asJson }: PasswordWords): Promise<number> {
  const { hashes, problems, warnings } = readPasswordFile({ path: file });
  if (problems.length > 0) return reportProblems(problems, { configuration: "Nothing was verified" });
  reportWarnings({ warnings });
  if (!hashes.has(user)) return tellNobody(file, user);
  const answer = await askPassword(user, { isNew: false });
  if (answer === undefined) return INTERRUPTED;
  if ("fault" in answer) return refuse(answer.fault, "Nothing was verified");
  const isRight = await createPasswordCheck(hashes, { key: randomBytes(32) })(
    user,
    answer.password.normalize("NFC"),
  );
  if (asJson) print([JSON.stringify({ file, user, isRight })]);
  else if (isRight) print([`the password of ${user} is right`]);
  else complain([`the password of ${user} is wrong`]);
  return isRight ? 0 : 1;
}

async function change(path: string, edit: (text: string | undefined) => string | undefined): Promise<number> {
  let isForeign = false;
  const editUtf8 = (text: string | undefined) => {
    // What cannot be read would not be written as it was.
    isForeign = text?.includes("\ufffd") ?? false;
    return isForeign ? undefined : edit(text);
  };
  const done = await replaceFile({ path, mostBytes: PASSWORD_FILE_BYTES_MOST, edit: editUtf8 }, systemClock);
  if (isForeign) return refuse(`"${path}" is not UTF-8`, NOT_SET, "Write it in UTF-8 first");
  return typeof done === "string" ? 0 : refuse(done.problem, NOT_SET, done.advice);
}

const NOT_SET = "Nothing was changed";

function refuse(what: string, hint: string, advice?: string): number {
  const problem: Problem = { cause: "usage", what, ...(advice !== undefined && { advice }) };
  return reportProblems([problem], { usage: hint });
}

function tellNobody(file: string, user: string): number {
  complain([`there is no user "${user}" in ${file}`]);
  return 1;
}

/** What a server that is given the file would refuse, or warn of. */
function warnOfOthers(file: string): void {
  const { problems, warnings } = readPasswordFile({ path: file });
  reportWarnings({ warnings: [...problems.map(({ what }) => what), ...warnings] });
}
