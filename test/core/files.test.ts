import { expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { isFile, textOf } from "../../src/core/files.ts";
import { makeTempDir } from "../support/temp-dir.ts";

test("files: what is there is read, also by a link, and what is not is nothing", () => {
  using dir = makeTempDir();
  const path = dir.write("a", "text");
  symlinkSync(path, `${dir.path}/link`);
  symlinkSync("nowhere", `${dir.path}/broken`);
  for (const name of ["a", "link"]) {
    expect(textOf(`${dir.path}/${name}`)).toBe("text");
    expect(isFile(`${dir.path}/${name}`)).toBe(true);
  }
  for (const name of ["", "none", "broken", "a/below"]) {
    expect(textOf(`${dir.path}/${name}`)).toBeUndefined();
    expect(isFile(`${dir.path}/${name}`)).toBe(false);
  }
});
