// Files of certificates as they are on a disk.
import { describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { chmodSync, truncateSync } from "node:fs";
import { join } from "node:path";
import tls from "node:tls";
import { isFromKnownRoot } from "../../src/certificates/authorities.ts";
import { readCertificateFile } from "../../src/certificates/files.ts";
import { issue } from "../support/issue.ts";
import { makeTempDir } from "../support/temp-dir.ts";

describe("files", () => {
  test("files: what is read tells whether others may read it", () => {
    using dir = makeTempDir();
    const file = dir.write("key.pem", "text");
    for (const [mode, isOpen] of [
      [0o600, false],
      [0o640, false],
      [0o644, true],
    ] as const) {
      chmodSync(file, mode);
      expect(readCertificateFile(file)).toEqual({ text: "text", isOpen });
    }
  });

  test("files: what is none is told, and holds up nothing", () => {
    using dir = makeTempDir();
    const large = dir.write("large", "");
    truncateSync(large, 2 ** 30);
    const pipe = join(dir.path, "pipe");
    Bun.spawnSync(["mkfifo", pipe]);
    const reasonOf = (path: string) => (readCertificateFile(path) as { reason: string }).reason;
    expect([join(dir.path, "gone"), dir.path, large, pipe, join(large, "x")].map(reasonOf)).toEqual([
      "there is no such file",
      "it is a directory",
      "it has more than 1048576 bytes",
      "it is no regular file",
      "there is no such file",
    ]);
  });
});

test("authorities: a root that clients know is known, and one with its name is not", () => {
  const [pem = ""] = tls.rootCertificates;
  const root = new X509Certificate(pem);
  expect(isFromKnownRoot(root)).toBe(true);
  const name = /^CN=(.+)$/m.exec(root.subject)?.[1] ?? "Root";
  const impostor = issue({ name, isAuthority: true });
  expect(isFromKnownRoot(new X509Certificate(issue({ name: "a.test", issuer: impostor }).certificate))).toBe(
    false,
  );
});
