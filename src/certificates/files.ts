// The files of certificates, from the disk.

import tls from "node:tls";
import { codeOf, reasonOf } from "../core/errors.ts";
import { readWhole } from "../core/files.ts";
import type { Resolved } from "../options/resolve/resolve.ts";
import { isFromKnownRoot } from "./authorities.ts";
import { type CertificatesRead, type ReadTools, readCertificates } from "./read-certificates.ts";

/** A chain has a few kilobytes; whoever names /dev/zero or a log file is told. */
const MOST_BYTES = 1024 * 1024;

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
  authorities,
}: Parameters<ReadTools["refusalOf"]>[0]): string | undefined {
  try {
    tls.createSecureContext({ ciphers, ...pair, ...authorities });
    return undefined;
  } catch (thrown) {
    return codeOf(thrown) || reasonOf(thrown);
  }
}

export const readCertificateFile = (path: string) => readWhole(path, MOST_BYTES);
