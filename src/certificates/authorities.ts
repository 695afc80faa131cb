// The certificate authorities that clients know: those that the runtime brings, and those of this machine.

import { X509Certificate } from "node:crypto";
import tls from "node:tls";
import { hasIssued } from "./chain.ts";

/** They are read anew each time: it takes milliseconds, is seldom wanted, and nothing of it is kept. */
export function isFromKnownRoot(certificate: X509Certificate): boolean {
  return [...tls.rootCertificates, ...tls.getCACertificates("system")].some((pem) => {
    const root = parse(pem);
    return root?.subject === certificate.issuer && hasIssued(root, certificate);
  });
}

/** A machine's store may hold anything. */
function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
