// What TLS has settled for a connection, by the names that Apache's mod_ssl gives it (SSL_PROTOCOL, SSL_CLIENT_S_DN …). All values
// are ASCII, and hold no control character but the line ends of a certificate in PEM: those come from certificates, which
// anybody can have made. Pure.

import { X509Certificate } from "node:crypto";

export type SettledTls = {
  /** As `TLSv1.3`. */
  protocol: string;
  cipher: string;
  serverName: string | undefined;
  isResumed: boolean;
  /** Certificates in DER. */
  own?: Uint8Array | undefined;
  client?: Uint8Array | undefined;
  /** What is wrong with the client's, in the word of OpenSSL; undefined for nothing. */
  fault?: string | undefined;
};

export type SslNames = Record<string, string>;

const DAY_MS = 86_400_000;

/** `nowMs`: the wall clock, for how long a certificate is still good. */
export function sslNamesOf(tls: SettledTls, nowMs: number): SslNames {
  const { protocol, cipher, serverName, isResumed, own, client, fault } = tls;
  const failed = fault === undefined ? "SUCCESS" : `FAILED:${fault}`;
  return {
    HTTPS: "on",
    SSL_PROTOCOL: protocol,
    SSL_CIPHER: cipher,
    SSL_SESSION_RESUMED: isResumed ? "Resumed" : "Initial",
    // There is none in any version that is spoken.
    SSL_SECURE_RENEG: "true",
    SSL_COMPRESS_METHOD: "NULL",
    ...(serverName !== undefined && { SSL_TLS_SNI: ascii(serverName) }),
    SSL_CLIENT_VERIFY: client ? failed : "NONE",
    ...(client && certificateNames("SSL_CLIENT", client, nowMs)),
    ...(own && certificateNames("SSL_SERVER", own, nowMs)),
  };
}

function certificateNames(family: string, der: Uint8Array, nowMs: number): SslNames {
  const certificate = new X509Certificate(der);
  const { subject, issuer, serialNumber, validFrom, validTo, validToDate, signatureAlgorithm } = certificate;
  const names: SslNames = {
    [`${family}_M_VERSION`]: "3",
    [`${family}_M_SERIAL`]: serialNumber,
    [`${family}_S_DN`]: distinguishedName(subject),
    [`${family}_I_DN`]: distinguishedName(issuer),
    [`${family}_V_START`]: validFrom,
    [`${family}_V_END`]: validTo,
    [`${family}_V_REMAIN`]: String(Math.max(0, Math.floor((validToDate.getTime() - nowMs) / DAY_MS))),
    [`${family}_A_SIG`]: ascii(signatureAlgorithm ?? ""),
    [`${family}_A_KEY`]: ascii(certificate.publicKey.asymmetricKeyType ?? ""),
    [`${family}_CERT`]: certificate.toString(),
  };
  return Object.assign(
    names,
    partsOf(`${family}_S_DN`, subject),
    partsOf(`${family}_I_DN`, issuer),
    alternativeNamesOf(family, certificate.subjectAltName),
  );
}

/** The runtime gives a line for each part, the outermost first, its value escaped as RFC 4514 says, but for what is not ASCII. */
const linesOf = (name: string | undefined) => (name ? name.split("\n").map(ascii) : []);

/** As RFC 4514 writes it: the innermost part first. */
const distinguishedName = (name: string | undefined) => linesOf(name).reverse().join(",");

/** What mod_ssl calls differently. */
const PARTS: ReadonlyMap<string, string> = new Map([
  ["emailAddress", "Email"],
  ["title", "T"],
  ["initials", "I"],
  ["GN", "G"],
  ["SN", "S"],
  ["description", "D"],
]);

/** `…_CN`, `…_OU`; the second one of a kind is `…_OU_1`. */
function partsOf(family: string, name: string | undefined): SslNames {
  const parts: SslNames = {};
  const count = new Map<string, number>();
  for (const line of linesOf(name)) {
    const at = line.indexOf("=");
    const kind = line.slice(0, at);
    if (!/^\w{1,32}$/.test(kind)) continue;
    const key = `${family}_${PARTS.get(kind) ?? kind}`;
    const before = count.get(key) ?? 0;
    count.set(key, before + 1);
    parts[before === 0 ? key : `${key}_${before}`] = line.slice(at + 1);
  }
  return parts;
}

const ALTERNATIVES: ReadonlyMap<string, string> = new Map([
  ["DNS", "DNS"],
  ["email", "Email"],
]);
/** One of the list that the runtime gives; a value with a comma or a quote in it is a JSON string. */
const ALTERNATIVE = /(?:^|, )(\w[\w ]*):("(?:[^"\\]|\\.)*"|[^,"]*)/g;

function alternativeNamesOf(family: string, list: string | undefined): SslNames {
  const names: SslNames = {};
  const count = new Map<string, number>();
  for (const [, kind = "", value = ""] of list?.matchAll(ALTERNATIVE) ?? []) {
    const name = ALTERNATIVES.get(kind);
    if (name === undefined || value.startsWith('"')) continue;
    const before = count.get(name) ?? 0;
    count.set(name, before + 1);
    names[`${family}_SAN_${name}_${before}`] = ascii(value);
  }
  return names;
}

/** What is not ASCII, and what controls something, as `\C3\BC`: each byte of its UTF-8 (RFC 4514 section 2.4). */
function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, (odd) =>
    [...Buffer.from(odd)].map((byte) => `\\${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}

/** The field by which an app is told a name: `SSL_CLIENT_S_DN` is `X-SSL-Client-S-DN`. Nothing that a client sends so passes. */
export const SSL_FIELD_PREFIX = "x-ssl-";

/** Names that do not say what the client's own handshake has settled, or are the same for every client, are left out. */
export function sslFieldsOf(names: SslNames): string[] {
  const fields: string[] = [];
  for (const [name, value] of Object.entries(names)) {
    if (!name.startsWith("SSL_") || name.startsWith("SSL_SERVER_")) continue;
    const isPem = name.endsWith("_CERT");
    fields.push(`X-${name.replaceAll("_", "-")}`, isPem ? encodeURIComponent(value) : value);
  }
  return fields;
}

/** In any spelling that an app may take for one: where fields become variables, all that is no letter and no digit is the same. */
export const isSslField = (name: string) =>
  name.length > SSL_FIELD_PREFIX.length &&
  name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "-")
    .startsWith(SSL_FIELD_PREFIX);
