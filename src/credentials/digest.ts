// Authorization: Digest (RFC 7616): SHA-256 and MD5, with qop=auth and nothing else. Pure.

import { createHash, timingSafeEqual } from "node:crypto";
import { type AuthParam, readAuthParams } from "./auth-params.ts";
import { isUserName } from "./user-names.ts";

/** As they are offered, the best one first. */
export const DIGEST_ALGORITHMS = ["SHA-256", "MD5"] as const;
export type DigestAlgorithm = (typeof DIGEST_ALGORITHMS)[number];

/** What a client has shown. Well formed, and no more: nothing of it has been compared with anything. */
export type DigestCredentials = {
  user: string;
  realm: string;
  nonce: string;
  opaque: string;
  /** Of which the response is; not normalised. */
  uri: string;
  algorithm: DigestAlgorithm;
  /** The number of the request with this nonce, from 1, as 8 hexadecimal digits. */
  nc: string;
  cnonce: string;
  /** Hexadecimal, in lower case, as long as the algorithm makes it. */
  response: string;
};

const HASHES: Record<DigestAlgorithm, { name: string; digits: number }> = {
  "SHA-256": { name: "sha256", digits: 64 },
  MD5: { name: "md5", digits: 32 },
};

const SCHEME = /^digest +/i;
/** Of the whole field's value, in characters: the target is in it once. */
const VALUE_MOST = 16 * 1024;
const CNONCE_MOST = 512;
const NC = /^(?!0{8})[0-9a-f]{8}$/i;
/** RFC 8187. */
const EXTENDED = /^utf-8'[A-Za-z0-9-]*'((?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-Fa-f]{2})+)$/i;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * What the value of one field Authorization says, in which each character is one byte. Undefined where it is anything but
 * well formed, or asks for what is not offered: a session (`MD5-sess`), a hashed user name, no qop or another one.
 */
export function readDigest(value: string): DigestCredentials | undefined {
  if (value.length > VALUE_MOST) return undefined;
  const scheme = SCHEME.exec(value)?.[0];
  const params = scheme === undefined ? undefined : readAuthParams(value.slice(scheme.length));
  if (!params) return undefined;
  const textOf = (name: string) => params.get(name)?.value;
  const quotedOf = (name: string) => (params.get(name)?.isQuoted ? textOf(name) : undefined);
  const algorithm = algorithmOf(textOf("algorithm"));
  const user = userOf(params.get("username"), params.get("username*"));
  const [realm, nonce, uri] = [quotedOf("realm"), quotedOf("nonce"), quotedOf("uri")];
  const [opaque, cnonce, response] = [quotedOf("opaque"), quotedOf("cnonce"), quotedOf("response")];
  const nc = textOf("nc") ?? "";
  if (user === undefined || realm === undefined || nonce === undefined || uri === undefined) return undefined;
  if (opaque === undefined || !cnonce || cnonce.length > CNONCE_MOST || !NC.test(nc)) return undefined;
  if (!algorithm || textOf("qop") !== "auth" || /^true$/i.test(textOf("userhash") ?? "")) return undefined;
  if (response === undefined || !isHex(response, HASHES[algorithm].digits)) return undefined;
  return { user, realm, nonce, opaque, uri, algorithm, nc, cnonce, response };
}

function algorithmOf(named = "MD5"): DigestAlgorithm | undefined {
  return DIGEST_ALGORITHMS.find((algorithm) => algorithm === named.toUpperCase());
}

/** A colon is what separates user, realm and password where they are hashed. */
function userOf(plain: AuthParam | undefined, extended: AuthParam | undefined): string | undefined {
  if ((plain === undefined) === (extended === undefined)) return undefined;
  const user = plain ? fromBytes(plain) : fromExtended(extended);
  return isUserName(user) && !user.includes(":") ? user : undefined;
}

function fromBytes({ value, isQuoted }: AuthParam): string | undefined {
  if (!isQuoted) return undefined;
  try {
    return utf8.decode(Buffer.from(value, "latin1"));
  } catch {
    return undefined; // No UTF-8.
  }
}

function fromExtended(param: AuthParam | undefined): string | undefined {
  const [, encoded] = (!param?.isQuoted && EXTENDED.exec(param?.value ?? "")) || [];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined; // No UTF-8.
  }
}

const isHex = (text: string, digits: number) => text.length === digits && /^[0-9a-f]+$/.test(text);

/** The one number that a count is. */
export const countOf = ({ nc }: Pick<DigestCredentials, "nc">) => Number.parseInt(nc, 16);

/**
 * Why these are none of ours, before anybody is asked for a password: `realm` is another one,
 * `target` is not that of the request. RFC 7616 section 3.4.6 has 400 for a target that differs.
 */
export function misdirection(
  { realm, uri }: DigestCredentials,
  ours: { realm: string; target: string },
): "realm" | "target" | undefined {
  if (realm !== ours.realm) return "realm";
  return uri === ours.target ? undefined : "target";
}

/**
 * H(A1) of a hook, which stands for the password: whoever has it can be this user in this realm. In lower case; undefined
 * where it is no hash of this algorithm.
 */
export function readRealmHash(algorithm: DigestAlgorithm, value: unknown): string | undefined {
  const lower = typeof value === "string" ? value.toLowerCase() : "";
  return isHex(lower, HASHES[algorithm].digits) ? lower : undefined;
}

/** `realmHash` is undefined for whoever is no user: that takes as long, and is never right. */
export function fitsDigest(
  credentials: DigestCredentials,
  { method, realmHash }: { method: string; realmHash: string | undefined },
): boolean {
  const { algorithm, nonce, nc, cnonce, uri, response } = credentials;
  const requestHash = hash(algorithm, `${method}:${uri}`, "latin1");
  const secret = realmHash ?? "0".repeat(HASHES[algorithm].digits);
  const expected = hash(algorithm, `${secret}:${nonce}:${nc}:${cnonce}:auth:${requestHash}`, "latin1");
  const isRight = timingSafeEqual(Buffer.from(expected), Buffer.from(response));
  return isRight && realmHash !== undefined;
}

function hash(algorithm: DigestAlgorithm, text: string, encoding: BufferEncoding = "utf8"): string {
  return createHash(HASHES[algorithm].name).update(Buffer.from(text, encoding)).digest("hex");
}

/**
 * The values of the fields WWW-Authenticate, one for each algorithm in the order of `algorithms`. `realm`: has no quotes and no
 * backslashes, for clients do not agree on whether it is hashed before or after they take escapes away.
 * `isStale`: the credentials may be right, and only the nonce was not; the client then tries again and asks nobody.
 */
export function digestChallenges({
  algorithms,
  realm,
  nonce,
  opaque,
  isStale,
}: {
  algorithms: readonly DigestAlgorithm[];
  realm: string;
  nonce: string;
  opaque: string;
  isStale: boolean;
}): string[] {
  const stale = isStale ? ", stale=true" : "";
  return algorithms.map(
    (algorithm) =>
      `Digest realm="${realm}", qop="auth", algorithm=${algorithm}, nonce="${nonce}", opaque="${opaque}", charset=UTF-8, userhash=false${stale}`,
  );
}
