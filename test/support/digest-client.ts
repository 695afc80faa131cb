// A client of Digest (RFC 7616), written apart from the side that checks it.
import { createHash } from "node:crypto";

export type DigestAlgorithm = "SHA-256" | "MD5";

export type Response = {
  realm: string;
  nonce: string;
  user?: string;
  password?: string;
  method?: string;
  uri?: string;
  algorithm?: DigestAlgorithm;
  opaque?: string;
  nc?: number;
};

const hashBy = (algorithm: DigestAlgorithm, text: string) =>
  createHash(algorithm === "MD5" ? "md5" : "sha256")
    .update(text)
    .digest("hex");

/** H(A1). */
export const realmHashOf = (
  algorithm: DigestAlgorithm,
  { user, realm, password }: { user: string; realm: string; password: string },
) => hashBy(algorithm, `${user}:${realm}:${password}`);

/** The value of Authorization. */
export function respond({
  realm,
  nonce,
  user = "ann",
  password = "right",
  method = "GET",
  uri = "/",
  algorithm = "SHA-256",
  opaque = "",
  nc = 1,
}: Response): string {
  const count = nc.toString(16).padStart(8, "0");
  const secret = realmHashOf(algorithm, { user, realm, password });
  const request = hashBy(algorithm, `${method}:${uri}`);
  const response = hashBy(algorithm, `${secret}:${nonce}:${count}:c:auth:${request}`);
  return `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", algorithm=${algorithm}, qop=auth, nc=${count}, cnonce="c", response="${response}", opaque="${opaque}"`;
}

/** A parameter of a challenge. */
export const paramOf = (challenge: string, name: string) =>
  new RegExp(`\\b${name}="?([^",]*)`).exec(challenge)?.[1] ?? "";
