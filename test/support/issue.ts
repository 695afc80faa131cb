// Certificates for tests: authorities, and what they have issued, as wrong as a test wants them.

import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from "node:crypto";
import {
  bits,
  implicit,
  integer,
  objectId,
  sequence,
  set,
  time,
  utf8,
  yes,
} from "../../src/certificates/der.ts";
import { alternativeNames, extension, issueCertificate } from "../../src/certificates/make-certificate.ts";

const DAY_MS = 24 * 60 * 60_000;

export type Issued = { name: string; certificate: string; key: string; signs: KeyObject };

export type Wish = {
  name: string;
  /** Absent: it signs itself. */
  issuer?: Issued;
  names?: readonly string[];
  isAuthority?: boolean;
  fromMs?: number;
  untilMs?: number;
  /** Of the extended key usage; absent for none. */
  usage?: string;
  /** Where the certificate of its issuer is to be had. */
  issuerAt?: string;
};

export function issue(wish: Wish): Issued {
  const { name, issuer, names, isAuthority = false, usage, issuerAt } = wish;
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const extensions = [
    extension("2.5.29.19", isAuthority ? sequence(yes()) : sequence(), true),
    extension("2.5.29.15", isAuthority ? bits(Buffer.from([0x06]), 1) : bits(Buffer.from([0x80]), 7), true),
    ...(names ? [alternativeNames(names)] : []),
    ...(usage ? [extension("2.5.29.37", sequence(objectId(usage)))] : []),
    ...(issuerAt ? [extension("1.3.6.1.5.5.7.1.1", sequence(accessAt(issuerAt)))] : []),
  ];
  const certificate = issueCertificate({
    subject: name,
    publicKey,
    fromMs: wish.fromMs ?? Date.now() - DAY_MS,
    untilMs: wish.untilMs ?? Date.now() + 90 * DAY_MS,
    extensions,
    issuer: { name: issuer?.name ?? name, key: issuer?.signs ?? privateKey },
  });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { name, certificate, key, signs: privateKey };
}

/** id-ad-caIssuers, with a URI. */
const accessAt = (url: string) => sequence(objectId("1.3.6.1.5.5.7.48.2"), implicit(6, Buffer.from(url)));

/** A root, an authority below it, and a server's certificate from that. */
export function issueChain(
  names: readonly string[],
  server: Partial<Wish> = {},
): Record<"root" | "middle" | "server", Issued> {
  const root = issue({ name: "Root", isAuthority: true });
  const middle = issue({ name: "Middle", isAuthority: true, issuer: root });
  return { root, middle, server: issue({ name: names[0] ?? "server", names, issuer: middle, ...server }) };
}

/** What an authority has revoked, in PEM (RFC 5280 section 5). */
export function issueList(issuer: Issued, revoked: readonly Issued[], untilMs = Date.now() + DAY_MS): string {
  const algorithm = sequence(objectId("1.2.840.10045.4.3.2"));
  const fromMs = Math.min(Date.now(), untilMs) - DAY_MS;
  const serialOf = ({ certificate }: Issued) =>
    Buffer.from(new X509Certificate(certificate).serialNumber, "hex");
  const entries = revoked.map((one) => sequence(integer(serialOf(one)), time(fromMs)));
  const body = sequence(
    integer(Buffer.from([1])),
    algorithm,
    sequence(set(sequence(objectId("2.5.4.3"), utf8(issuer.name)))),
    time(fromMs),
    time(untilMs),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
  );
  const list = sequence(body, algorithm, bits(sign("sha256", body, issuer.signs)));
  return `-----BEGIN X509 CRL-----\n${list.toString("base64")}\n-----END X509 CRL-----\n`;
}
