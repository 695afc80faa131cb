// Whether a certificate is good for the names that gw answers for. Pure.

import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";

/** `*.name` is covered by the same words only, for a certificate's own stands for one label, and gw's for any number. */
export function coversHost(certificate: X509Certificate, host: string): boolean {
  if (host.startsWith("*.")) return alternativeNames(certificate).includes(host.toLowerCase());
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined;
  // What stands in the subject is not looked at any more by clients.
  return certificate.checkHost(host, { subject: "never" }) !== undefined;
}

/** Names of hosts in lower case, and addresses. */
export function alternativeNames({ subjectAltName }: X509Certificate): string[] {
  const names = (subjectAltName ?? "").split(", ").flatMap((name) => {
    const [, host] = /^(?:DNS|IP Address):(.+)$/.exec(name) ?? [];
    return host === undefined ? [] : [host.toLowerCase()];
  });
  return [...new Set(names)];
}
