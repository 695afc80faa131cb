// The files of certificates, from the disk.

import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import tls from "node:tls";
import { codeOf, reasonOf } from "../core/errors.ts";
import type { Resolved } from "../options/resolve/resolve.ts";
import { isFromKnownRoot } from "./authorities.ts";
import { type CertificatesRead, type FileRead, readCertificates } from "./read-certificates.ts";

/** A chain has a few kilobytes; whoever names /dev/zero or a log file is told. */
const MOST_BYTES = 1024 * 1024;
const FOR_OTHERS = 0o007;

/** Reads and judges all that a configuration names. `nowMs`: wall time. */
export function certificatesOf(
  config: Pick<Resolved, "settings" | "origins" | "groups">,
  nowMs: number,
): CertificatesRead {
  return readCertificates(config, { nowMs, isFromKnownRoot, readFile: readCertificateFile, refusalOf });
}

function refusalOf({
  ciphers,
  pair,
}: {
  ciphers: string;
  pair?: { cert: string; key: string };
}): string | undefined {
  try {
    tls.createSecureContext({ ciphers, ...pair });
    return undefined;
  } catch (thrown) {
    return codeOf(thrown) || reasonOf(thrown);
  }
}

export function readCertificateFile(path: string): FileRead {
  let fd: number | undefined;
  try {
    // A pipe without a writer would hold up everything.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    if (!stat.isFile()) return { reason: stat.isDirectory() ? "it is a directory" : "it is no regular file" };
    if (stat.size > MOST_BYTES) return { reason: `it has more than ${MOST_BYTES} bytes` };
    return { text: readFileSync(fd, "utf8"), isOpen: (stat.mode & FOR_OTHERS) !== 0 };
  } catch (thrown) {
    return { reason: REASONS[codeOf(thrown)] ?? reasonOf(thrown) };
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EACCES: "permission denied",
  ELOOP: "its symbolic links go in a circle",
};
