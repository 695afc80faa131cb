// TLS for sockets of the runtime. Bun.listen takes one certificate and keeps it; the server of node:tls, which is built on it, takes
// one for each name, and others later. So that server is started, and the sockets are handed to whoever listens here instead.

import { constants } from "node:crypto";
import {
  createSecureContext,
  createServer,
  type SecureContextOptions,
  type Server,
  type TlsOptions,
} from "node:tls";
import type { TlsCertificate, TlsSetup } from "../../../link/setups.ts";

/** What Bun.listen gives back. */
export type Listening = { readonly port: number | undefined; stop(): void };

/** `options`: those of Bun.listen, but for TLS. Throws the system's error, or what is wrong with a certificate. */
export function listenForTls(tls: TlsSetup, options: object): Listening {
  const [first, ...others] = tls.certificates;
  if (!first) throw new Error("TLS without a certificate");
  const server = createServer({ ...contextOptions(tls, first), ...connectionOptions(tls) });
  const listening = listenInPlace(server, options);
  for (const one of [first, ...others])
    for (const name of one.names) server.addContext(name, createSecureContext(contextOptions(tls, one)));
  return listening;
}

/** Nothing but the sockets' handlers differs from what the server asks for. */
function listenInPlace(server: Server, options: object): Listening {
  const listen = Bun.listen;
  let listening: Listening | undefined;
  const instead = ({ tls }: { tls: object }) => {
    listening = listen({ tls, ...options } as never) as unknown as Listening;
    return listening;
  };
  let failed: unknown;
  server.once("error", (error) => {
    failed = error;
  });
  Bun.listen = instead as never;
  try {
    // Where that would be, `options` says.
    server.listen(0);
  } finally {
    Bun.listen = listen;
  }
  if (!listening) throw failed ?? new Error("The runtime has opened no listener");
  return listening;
}

function contextOptions(
  { ciphers, minVersion, client }: TlsSetup,
  { certificate: cert, key }: TlsCertificate,
): SecureContextOptions {
  const own = { cert, key, ciphers, minVersion };
  if (!client) return own;
  // A resumed session would keep the certificate of its first one, and the verdict on it: a revoked one must end.
  const asks = { ca: client.ca, secureOptions: constants.SSL_OP_NO_TICKET };
  return client.crl === undefined ? { ...own, ...asks } : { ...own, ...asks, crl: client.crl };
}

/** Every client is let in, with the verdict on its certificate: what follows from that is decided for each request. */
function connectionOptions({ http2, client }: TlsSetup): TlsOptions {
  return {
    ALPNProtocols: http2 ? ["h2", "http/1.1"] : ["http/1.1"],
    ...(client && { requestCert: true, rejectUnauthorized: false }),
  };
}
