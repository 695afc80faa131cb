import { expect } from "bun:test";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sendFile } from "../../ffi/sendfile.ts";
import { ON_LINUX, testWith } from "../support/needs.ts";
import { makeTempDir } from "../support/temp-dir.ts";

testWith(ON_LINUX)("sendfile: bytes go from file to file, and a bad descriptor is named", () => {
  using dir = makeTempDir();
  const [source, target] = [join(dir.path, "a"), join(dir.path, "b")];
  writeFileSync(source, "hello, kernel");
  const [from, to] = [openSync(source, "r"), openSync(target, "w")];
  expect(sendFile(to, from, 5)).toEqual({ ok: true, value: 5 });
  expect(sendFile(to, from, 100)).toEqual({ ok: true, value: 8 });
  closeSync(from);
  closeSync(to);
  expect(readFileSync(target, "utf8")).toBe("hello, kernel");
  expect(sendFile(-1, -1, 1)).toEqual({ ok: false, reason: "bad file descriptor (EBADF)" });
});
