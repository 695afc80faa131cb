// Whether a certificate can be served: all that clients would find wrong with it, before any of them does. Pure: files have
// been read, and the time is told.

import { type KeyObject, X509Certificate } from "node:crypto";
import type { Problem } from "../options/declare/problems.ts";
import type { CertificateSources, Judgement, Source } from "./certificate-files.ts";
import { type IsFromKnownRoot, judgeChain, type Link, nameOf } from "./chain.ts";
import { describeExpiry, expiresSoon, judgeDates } from "./dates.ts";
import { alternativeNames, coversHost } from "./names.ts";
import { isCertificate, readPem } from "./pem.ts";
import { readKey } from "./private-key.ts";
import { wrong } from "./wrong.ts";

const LEAST_RSA_BITS = 2048;
/** id-kp-serverAuth */
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

export type Circumstances = { nowMs: number; isFromKnownRoot: IsFromKnownRoot };

export function judgeCertificate(sources: CertificateSources, circumstances: Circumstances): Judgement {
  const { certificate: source, chain, hosts } = sources;
  const problems: Problem[] = [];
  const links = readLinks(source, chain, problems);
  const [own] = links;
  const key = readKey(sources);
  if ("what" in key) problems.push(key);
  if (!own) return { problems, warnings: [] };
  const pair = "what" in key ? undefined : judgePair(links, key, sources);
  problems.push(...listProblems(links, pair, hosts, circumstances));
  const warnings = findWarnings(own, circumstances.nowMs);
  if (problems.length > 0 || "what" in key) return { problems, warnings };
  const certificate = {
    path: source.path,
    names: [...hosts],
    certificate: links.map((link) => link.certificate.toString()).join(""),
    key: key.export({ type: "pkcs8", format: "pem" }).toString(),
    expiresAtMs: Math.min(...links.map((link) => Date.parse(link.certificate.validTo))),
  };
  return { problems, warnings, certificate };
}

/** What is wrong with the pair comes first, and alone: with it the rest would be said of the wrong certificate. */
function listProblems(
  links: readonly Link[],
  pair: Problem | undefined,
  hosts: readonly string[],
  { nowMs, isFromKnownRoot }: Circumstances,
): Problem[] {
  const [own] = links;
  if (pair) return [pair];
  const chain = judgeChain(links, isFromKnownRoot);
  return [
    ...links.flatMap((link) => judgeDates(link, nowMs) ?? []),
    ...(chain ? [chain] : []),
    ...(own ? [...judgeUse(own), ...judgeNames(own, hosts)] : []),
  ];
}

/** The file of the certificate may hold its chain as well; what stands in both files is taken once. */
function readLinks(own: Source, chain: Source | undefined, problems: Problem[]): Link[] {
  const links: Link[] = [];
  const known = new Set<string>();
  for (const source of chain ? [own, chain] : [own]) {
    const blocks = readPem(source.text).filter(isCertificate);
    if (blocks.length === 0) problems.push(noCertificateIn(source));
    for (const [at, { text }] of blocks.entries()) {
      const certificate = parse(text);
      if (!certificate) {
        const what = `Certificate ${at + 1} in "${source.path}" cannot be read`;
        problems.push(wrong(what, source.from, "Copy it once more from where it was issued"));
        return [];
      }
      if (known.has(certificate.fingerprint256)) continue;
      known.add(certificate.fingerprint256);
      links.push({ certificate, source, at: at + 1 });
    }
  }
  return links;
}

function parse(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}

function noCertificateIn({ path, from, text }: Source): Problem {
  const [other] = readPem(text);
  const advice = text.startsWith("\x30")
    ? `It looks like DER; openssl x509 -inform der -in ${path} -out cert.pem makes PEM of it`
    : other
      ? `It holds a block ${other.label}; name the file with BEGIN CERTIFICATE`
      : "Name the file with the block BEGIN CERTIFICATE";
  return wrong(`There is no certificate in "${path}"`, from, advice);
}

function judgePair(
  links: readonly Link[],
  key: KeyObject,
  { key: file, certificate }: CertificateSources,
): Problem | undefined {
  const [own] = links;
  if (!own || own.certificate.checkPrivateKey(key)) return undefined;
  const match = links.find((link) => link.certificate.checkPrivateKey(key));
  const keyPath = (file ?? certificate).path;
  if (match) {
    const what = `The chain is out of order: the key in "${keyPath}" is that of certificate ${match.at} in "${match.source.path}" (${nameOf(match.certificate.subject)}), which is not the first one`;
    return wrong(
      what,
      match.source.from,
      "Put the server's own certificate first, and behind each one its issuer",
    );
  }
  const what = `The key in "${keyPath}" does not belong to the certificate in "${certificate.path}" (${nameOf(own.certificate.subject)})`;
  return wrong(
    what,
    file?.from ?? certificate.from,
    "Name the key that the certificate was issued for; a renewed certificate may have come with a new key",
  );
}

function judgeUse({ certificate, source }: Link): Problem[] {
  const { keyUsage } = certificate;
  if (keyUsage === undefined || keyUsage.length === 0 || keyUsage.includes(SERVER_AUTH)) return [];
  const what = `The certificate in "${source.path}" (${nameOf(certificate.subject)}) was not issued for servers`;
  return [wrong(what, source.from, "Have one issued with the extended key usage serverAuth")];
}

function judgeNames({ certificate, source }: Link, hosts: readonly string[]): Problem[] {
  const missing = hosts.filter((host) => !coversHost(certificate, host));
  if (missing.length === 0) return [];
  const has = alternativeNames(certificate).join(", ") || "no name at all";
  const what = `The certificate in "${source.path}" is not good for ${missing.join(", ")}: it names ${has}`;
  return [
    wrong(
      what,
      source.from,
      "Have it issued for these names too, or give the group that answers for them a certificate of its own",
    ),
  ];
}

function findWarnings({ certificate, source: { path } }: Link, nowMs: number): string[] {
  const expiresAtMs = Date.parse(certificate.validTo);
  const { publicKey } = certificate;
  const bits =
    publicKey.asymmetricKeyType === "rsa" ? (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) : undefined;
  return [
    ...(expiresSoon(expiresAtMs, nowMs) ? [describeExpiry(path, expiresAtMs, nowMs)] : []),
    ...(alternativeNames(certificate).length === 0
      ? [
          `the certificate in "${path}" has no subject alternative name, so that browsers accept it for no host`,
        ]
      : []),
    ...(bits !== undefined && bits < LEAST_RSA_BITS
      ? [
          `the RSA key of the certificate in "${path}" has ${bits} bits; clients ask for ${LEAST_RSA_BITS} and more`,
        ]
      : []),
    ...(publicKey.asymmetricKeyType === "ed25519"
      ? [`the certificate in "${path}" has a key of the kind Ed25519, which browsers do not accept`]
      : []),
  ];
}
