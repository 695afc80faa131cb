// What a worker is told of the TLS of a client's connection, as one word: JSON in base64url, so that nothing that stands in a
// certificate can end it.

export type ToldTls = {
  protocol: string;
  cipher: string;
  /** The server that the client has named; undefined for none. */
  serverName?: string | undefined;
  /** What is wrong with the client's certificate, in the word of OpenSSL; undefined for a good one, and for none. */
  fault?: string | undefined;
  /** The client's certificate in DER; undefined for none. */
  certificate?: Uint8Array | undefined;
};

export function encodeTls({ protocol, cipher, serverName, fault, certificate }: ToldTls): string {
  const shown = certificate && Buffer.from(certificate).toString("base64");
  return Buffer.from(JSON.stringify([protocol, cipher, serverName, fault, shown])).toString("base64url");
}

/** The facts, or undefined when the word was not written by `encodeTls`. */
export function decodeTls(word: string): ToldTls | undefined {
  const said = parse(Buffer.from(word, "base64url").toString());
  if (!Array.isArray(said)) return undefined;
  const [protocol, cipher, serverName, fault, shown] = said.map((one) =>
    typeof one === "string" ? one : undefined,
  );
  if (protocol === undefined || cipher === undefined) return undefined;
  const certificate = shown === undefined ? undefined : new Uint8Array(Buffer.from(shown, "base64"));
  return { protocol, cipher, serverName, fault, certificate };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
