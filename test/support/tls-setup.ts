// TLS for a test, with certificates made for it: for a door, and for the whole gw.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TlsSetup } from "../../src/link/setups.ts";
import { issue } from "./issue.ts";

/** A certificate that signs itself, for everybody. */
export function tlsSetup(given: Partial<TlsSetup> = {}): TlsSetup {
  const { certificate, key } = issue({ name: "localhost", names: ["localhost"] });
  return {
    port: 0,
    certificates: [{ names: [], certificate, key }],
    minVersion: "TLSv1.2",
    ciphers: "ECDHE+AESGCM",
    http2: false,
    handshakeTimeoutMs: 10_000,
    ...given,
  };
}

/**
 * Options of gw for a certificate of localhost, which signs itself; both files are made in the directory. Once for each: a
 * gw that serves with them takes new ones for a renewal, and replaces its front ends.
 */
export function tlsFlags(directory: string): string[] {
  const { certificate, key } = issue({ name: "localhost", names: ["localhost", "127.0.0.1"] });
  const [cert, own] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  writeFileSync(cert, certificate, { flag: "wx" });
  writeFileSync(own, key, { flag: "wx", mode: 0o600 });
  return ["--ssl-certificate-file", cert, "--ssl-certificate-key-file", own];
}
