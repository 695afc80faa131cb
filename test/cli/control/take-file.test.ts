import { describe, expect, test } from "bun:test";
import { existsSync, linkSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { takeFile } from "../../../src/cli/control/take-file.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const NAME = { stem: "worker-1", ending: ".txt" };

describe("take file", () => {
  test("comes under its name, with a number where that is taken, and leaves nothing behind", async () => {
    using dir = makeTempDir();
    const from = join(dir.path, "from");
    const files = [];
    for (const text of ["one", "two"]) {
      writeFileSync(from, text);
      files.push(await takeFile(from, dir.path, NAME));
    }
    expect(files).toEqual([join(dir.path, "worker-1.txt"), join(dir.path, "worker-1-2.txt")]);
    expect(files.map((file) => readFileSync(file, "utf8"))).toEqual(["one", "two"]);
    expect([statSync(files[0] ?? "").mode & 0o777, existsSync(from)]).toEqual([0o600, false]);
  });

  test.each<[string, (from: string, secret: string) => void, string]>([
    ["a link", (from, secret) => symlinkSync(secret, from), "ELOOP"],
    ["a second name of another file", (from, secret) => linkSync(secret, from), "it is not the file"],
    ["a directory", (from) => mkdirSync(from), "it is not the file"],
    ["nothing", () => {}, "ENOENT"],
  ])("%s in its place is not followed", async (_name, put, reason) => {
    using dir = makeTempDir();
    const [from, secret] = [join(dir.path, "from"), join(dir.path, "secret")];
    writeFileSync(secret, "s3cret");
    put(from, secret);
    await expect(takeFile(from, dir.path, NAME)).rejects.toThrow(reason);
    expect(existsSync(join(dir.path, "worker-1.txt"))).toBe(false);
  });

  test("a directory that takes no file is told", async () => {
    using dir = makeTempDir();
    writeFileSync(join(dir.path, "from"), "x");
    await expect(takeFile(join(dir.path, "from"), join(dir.path, "none"), NAME)).rejects.toThrow("ENOENT");
  });
});
