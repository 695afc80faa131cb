// The certificates behind a server's own: whether each has issued the one before it, and whether they lead to somebody whom
// clients know. Browsers often find what is missing by themselves; curl and most programs do not. Pure.

import type { X509Certificate } from "node:crypto";
import type { Problem } from "../options/declare/problems.ts";
import type { Source } from "./certificate-files.ts";
import { wrong } from "./wrong.ts";

/** A certificate with the file that it stands in, and the how manieth it is there, from 1. */
export type Link = { certificate: X509Certificate; source: Source; at: number };

/** Whether an authority that this machine knows has issued it. */
export type IsFromKnownRoot = (certificate: X509Certificate) => boolean;

/** `links`: the server's own certificate first. */
export function judgeChain(links: readonly Link[], isFromKnownRoot: IsFromKnownRoot): Problem | undefined {
  for (const [at, link] of links.entries()) {
    const next = links[at + 1];
    if (next && !hasIssued(next.certificate, link.certificate)) return outOfOrder(link, next, links);
  }
  const last = links.at(-1);
  if (!last || isSelfSigned(last.certificate) || isFromKnownRoot(last.certificate)) return undefined;
  return incomplete(last);
}

export function hasIssued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** Also one that may not issue any other: then only whoever trusts this very one goes further. */
export function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.issuer === certificate.subject && certificate.verify(certificate.publicKey);
}

/** Its common name, or all that it says of itself, in one line. */
export function nameOf(distinguished: string): string {
  return /^CN=(.+)$/m.exec(distinguished)?.[1] ?? distinguished.replaceAll("\n", ", ");
}

function outOfOrder(link: Link, next: Link, links: readonly Link[]): Problem {
  const { path, from } = next.source;
  const what = `The chain is out of order: certificate ${next.at} in "${path}" (${nameOf(next.certificate.subject)}) has not issued the one before it (${nameOf(link.certificate.subject)})`;
  const issuer = links.find((one) => one !== link && hasIssued(one.certificate, link.certificate));
  const advice = issuer
    ? `Its issuer is certificate ${issuer.at} in "${issuer.source.path}": put each certificate right behind the one that it has issued`
    : `Take it out, or put the certificate of ${nameOf(link.certificate.issuer)} before it`;
  return wrong(what, from, advice);
}

function incomplete({ certificate, source }: Link): Problem {
  const { path, from } = source;
  const issuer = nameOf(certificate.issuer);
  const what = `The chain in "${path}" is not complete: ${nameOf(certificate.subject)} was issued by ${issuer}, which is not in it and is no authority that this machine knows`;
  const url = /CA Issuers - URI:(\S+)/.exec(certificate.infoAccess ?? "")?.[1];
  const where = url === undefined ? "" : ` (from ${url})`;
  const advice = `Append the certificate of ${issuer}${where} to the file, or name the file that has it with --ssl-certificate-chain-file; for certbot's certificates that is fullchain.pem`;
  return wrong(what, from, advice);
}
