// What the TLS of a client's connection is told as: to hooks and apps by the names of mod_ssl, and to the socket that a program of
// node sees. Made with the first request that wants it, and kept for the connection.

import type { Clock } from "../../core/clock.ts";
import { type SslNames, sslFieldsOf, sslNamesOf } from "../../http/tls/ssl-names.ts";
import { encodeTls } from "../../http/tls/told-tls.ts";
import { CERTIFICATE_BYTES, type TlsFacts } from "../door/client.ts";

export class SettledTlsTexts {
  readonly #clock: Clock;
  readonly #names = new WeakMap<TlsFacts, SslNames>();
  readonly #fields = new WeakMap<TlsFacts, readonly string[]>();
  readonly #texts = new WeakMap<TlsFacts, string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  names(tls: TlsFacts): SslNames {
    return kept(this.#names, tls, () => {
      const { protocol, cipher, serverName, isResumed, certificate, ownCertificate, certificateFault } = tls;
      const how = { protocol, cipher, serverName, isResumed, fault: certificateFault };
      return sslNamesOf(
        { ...how, client: tellable(certificate?.raw), own: ownCertificate?.raw },
        this.#clock.wall(),
      );
    });
  }

  /** Flat [name, value …]. */
  fields(tls: TlsFacts): readonly string[] {
    return kept(this.#fields, tls, () => sslFieldsOf(this.names(tls)));
  }

  /** For the worker. */
  text(tls: TlsFacts): string {
    return kept(this.#texts, tls, () => {
      const { protocol, cipher, serverName, certificate, certificateFault: fault } = tls;
      return encodeTls({ protocol, cipher, serverName, fault, certificate: tellable(certificate?.raw) });
    });
  }
}

/** Nobody is let in by a larger one. */
const tellable = (der: Uint8Array | undefined) => (der && der.length <= CERTIFICATE_BYTES ? der : undefined);

function kept<V>(map: WeakMap<TlsFacts, V>, tls: TlsFacts, make: () => V): V {
  const known = map.get(tls);
  if (known !== undefined) return known;
  const made = make();
  map.set(tls, made);
  return made;
}
