// TLS for a door in a test, with certificates made for it.
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
