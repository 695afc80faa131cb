// A file of passwords from the disk.

import { readWhole } from "../core/files.ts";
import { shellWord } from "../os/shell-words.ts";
import { type PasswordsRead, readPasswords } from "./htpasswd.ts";

/** More than 100,000 users; whoever names /dev/zero or a log file is told. */
export const PASSWORD_FILE_BYTES_MOST = 16 * 1024 * 1024;

/** `from`: which flag, variable or line of a file has named it. Never throws: what is wrong is a problem. */
export function readPasswordFile({ path, from }: { path: string; from?: string | undefined }): PasswordsRead {
  const file = readWhole(path, PASSWORD_FILE_BYTES_MOST);
  if ("reason" in file) {
    const what = `The file of passwords "${path}" cannot be read: ${file.reason}`;
    const advice = `gw password ${shellWord(path)} USER makes one; it has to be readable for whoever starts gw`;
    return {
      hashes: new Map(),
      problems: [{ cause: "configuration", what, ...(from !== undefined && { from }), advice }],
      warnings: [],
    };
  }
  const read = readPasswords({ text: file.text, path, from });
  const open = `everybody on this machine can read "${path}", which holds hashes of passwords: chmod o-rwx ${shellWord(path)}`;
  return file.isOpen ? { ...read, warnings: [...read.warnings, open] } : read;
}
