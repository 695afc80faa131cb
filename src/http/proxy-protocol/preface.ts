// The PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt): a proxy sends a preface before the first byte of its
// client, also before TLS, that says who the client is. What one tells. Pure.

/** One end of a connection. */
export type ProxiedEnd = { address: string; port: number };

/** The TLS that a proxy has ended for its client. */
export type ProxiedTls = {
  /** `TLSv1.3` */
  version?: string;
  cipher?: string;
  /** The client has shown a certificate, on this connection or in this session; `verified`: a good one. */
  certificate?: { verified: boolean; commonName?: string };
};

/** The client's own connection, as its proxy tells of it. Texts hold no control characters. */
export type ProxiedClient = {
  /** Both ends or none: none where the client has come to the proxy by a UNIX socket. */
  source?: ProxiedEnd;
  destination?: ProxiedEnd;
  /** What the client speaks, as in ALPN. */
  protocol?: string;
  /** The name of the server that the client has asked for, as in SNI. */
  authority?: string;
  /** By which the proxy knows the connection; in hexadecimal where it is no word of visible ASCII. */
  uniqueId?: string;
  tls?: ProxiedTls;
};

export type Preface =
  /** All that came is the beginning of one; it is at most so many bytes long, as far as can be told. */
  | { state: "short"; most: number }
  | { state: "wrong"; reason: string }
  /** `bytes`: its length. Without a client, the proxy itself is speaking, or does not know for whom. */
  | { state: "whole"; bytes: number; client?: ProxiedClient };

/** The longest one that is taken. Those without certificates have some hundred bytes. */
export const PREFACE_BYTES = 16_384;

export const wrong = (reason: string): Preface => ({ state: "wrong", reason });
