// The command line of gw password. Pure.

import { PASSWORD_ALGORITHMS, type PasswordAlgorithm } from "../../credentials/passwords.ts";
import { userNameFault } from "../../credentials/user-names.ts";
import { path, text } from "../../options/declare/kinds/kinds.ts";
import type { Problem } from "../../options/declare/problems.ts";
import { usageProblem } from "../../options/read/words.ts";
import type { LineValues, WordRow } from "../terminal/words.ts";

export type PasswordWords = {
  file: string;
  user: string;
  task: "set" | "delete" | "verify";
  algorithm: PasswordAlgorithm;
  asJson: boolean;
};

const USER = text({
  placeholder: "USER",
  accepts: "a name without colons and control characters, of up to 255 bytes, that does not begin with #",
  read: (word) => {
    const name = word.normalize("NFC");
    // What begins with # is a comment in the file.
    return userNameFault(name) === undefined && !/^#|:/.test(name) ? name : undefined;
  },
});

const ALGORITHM = text({
  placeholder: "NAME",
  accepts: PASSWORD_ALGORITHMS.join(" or "),
  read: (word) => PASSWORD_ALGORITHMS.find((name) => name === word),
});

export const PASSWORD_WORDS: readonly WordRow[] = [
  {
    name: "file",
    positional: "FILE",
    kind: path("FILE"),
    isRequired: true,
    meaning: "The file of passwords; it is made if need be",
  },
  { name: "user", positional: "USER", kind: USER, isRequired: true, meaning: "Whose password it is" },
  { name: "delete", meaning: "Take the user out of the file" },
  { name: "verify", meaning: "Tell in the exit code whether the password is right: 0, or 1" },
  {
    name: "algorithm",
    kind: ALGORITHM,
    meaning: `${PASSWORD_ALGORITHMS.join(" or ")} [${PASSWORD_ALGORITHMS[0]}]`,
  },
];

export function passwordWordsOf(values: LineValues): PasswordWords {
  return {
    file: String(values.get("file")),
    user: String(values.get("user")),
    task: values.has("delete") ? "delete" : values.has("verify") ? "verify" : "set",
    algorithm: PASSWORD_ALGORITHMS.find((name) => name === values.get("algorithm")) ?? PASSWORD_ALGORITHMS[0],
    asJson: values.has("json"),
  };
}

/** Each of them says what is to be done. */
const EXCLUSIVE = ["delete", "verify", "algorithm"] as const;

export function judgePasswordWords(values: LineValues): Problem[] {
  const given = EXCLUSIVE.filter((name) => values.has(name));
  return given.length > 1 ? [usageProblem(`"--${given.join('" and "--')}" cannot be given together`)] : [];
}
