// A file of passwords as it is on a disk, and as htpasswd writes it.
import { expect, test } from "bun:test";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { readPasswordFile } from "../../src/credentials/password-file.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const LINE = "alice:$2y$10$6jVK7PcPUA6sjxoYzaG7XuZo0dEKWDJdr0ZRNTfIl4Zs6XAqqVQyO\n";

test("password file: one that others may read is warned of", () => {
  using dir = makeTempDir();
  const path = dir.write("users", LINE);
  for (const [mode, warnings] of [
    [0o600, []],
    [0o640, []],
    [
      0o644,
      [`everybody on this machine can read "${path}", which holds hashes of passwords: chmod o-rwx ${path}`],
    ],
  ] as const) {
    chmodSync(path, mode);
    const read = readPasswordFile({ path });
    expect([...read.hashes.keys(), ...read.problems, ...read.warnings]).toEqual(["alice", ...warnings]);
  }
});

test("password file: one that cannot be read is a problem with its path and where it was named", () => {
  using dir = makeTempDir();
  const path = join(dir.path, "gone");
  expect(readPasswordFile({ path, from: "--auth-user-file" }).problems).toEqual([
    {
      cause: "configuration",
      what: `The file of passwords "${path}" cannot be read: there is no such file`,
      from: "--auth-user-file",
      advice: `gw password ${path} USER makes one; it has to be readable for whoever starts gw`,
    },
  ]);
});
