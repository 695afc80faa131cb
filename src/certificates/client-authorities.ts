// The authorities whose certificates clients may show, and what they have revoked: their files read, and judged as far as clients
// would never hear of it.

import { X509Certificate } from "node:crypto";
import type { FileRead } from "../core/files.ts";
import type { Problem } from "../options/declare/problems.ts";
import type { Settings } from "../options/declare/table.ts";
import { setterIn } from "../options/read/inputs.ts";
import type { Resolved } from "../options/resolve/resolve.ts";
import type { ClientAuthorities } from "./certificate-files.ts";
import { isCertificate, readPem } from "./pem.ts";
import { wrong } from "./wrong.ts";

type Named = Pick<Resolved, "settings" | "origins">;
type FileKey = "sslCaCertificateFile" | "sslCrlFile";

export type AuthorityTools = {
  /** Wall time. */
  nowMs: number;
  readFile: (path: string) => FileRead;
  /** Why the library that will speak TLS takes none of these; undefined where all is well. */
  refusalOf: (tls: { ciphers: string; authorities: ClientAuthorities }) => string | undefined;
};

export function authorityFilesOf({ settings }: { settings: Settings }): string[] {
  if (!isUsed(settings)) return [];
  return [settings.sslCaCertificateFile, settings.sslCrlFile].filter((path) => path !== undefined);
}

const isUsed = ({ httpsPort, embeddedMode, sslCaCertificateFile }: Settings) =>
  httpsPort !== undefined && !embeddedMode && sslCaCertificateFile !== undefined;

export function readAuthorities(
  config: Named,
  { readFile, nowMs, refusalOf }: AuthorityTools,
): { problems: Problem[]; found?: ClientAuthorities } {
  if (!isUsed(config.settings)) return { problems: [] };
  const ca = read(config, "sslCaCertificateFile", readFile);
  const crl = config.settings.sslCrlFile === undefined ? undefined : read(config, "sslCrlFile", readFile);
  const problems = [
    ...("problem" in ca ? [ca.problem] : judgeAuthorities(config, ca.text, nowMs)),
    ...(crl && "problem" in crl ? [crl.problem] : crl ? judgeLists(config, crl.text) : []),
  ];
  if (problems.length > 0 || "problem" in ca || (crl && "problem" in crl)) return { problems };
  const found = { ca: onlyBlocks(ca.text, isCertificate), ...(crl && { crl: onlyBlocks(crl.text, isList) }) };
  const why = refusalOf({ ciphers: config.settings.sslCipherList, authorities: found });
  return why === undefined
    ? { problems, found }
    : { problems: [unusable(config, crl ? "sslCrlFile" : "sslCaCertificateFile", why)] };
}

function read(
  config: Named,
  key: FileKey,
  readFile: (path: string) => FileRead,
): { text: string } | { problem: Problem } {
  const path = config.settings[key] ?? "";
  const file = readFile(path);
  if (!("reason" in file)) return file;
  const advice =
    "Correct the path, or let whoever starts gw read it; only gw itself reads it, the app need not";
  return { problem: wrong(`${key} "${path}" cannot be read: ${file.reason}`, byWhom(config, key), advice) };
}

function judgeAuthorities(config: Named, text: string, nowMs: number): Problem[] {
  const path = config.settings.sslCaCertificateFile ?? "";
  const from = byWhom(config, "sslCaCertificateFile");
  const blocks = readPem(text).filter(isCertificate);
  if (blocks.length === 0)
    return [
      wrong(
        `There is no certificate in "${path}"`,
        from,
        "Name a file in PEM, with the authorities one after the other",
      ),
    ];
  return blocks.flatMap(({ text: pem }, at) => {
    const which = `Certificate ${at + 1} in "${path}"`;
    const certificate = parse(pem);
    if (!certificate) return [wrong(`${which} cannot be read`, from, "Get the file anew from the authority")];
    if (!certificate.ca)
      return [
        wrong(
          `${which} is not one of an authority`,
          from,
          "Name that which has issued the certificates of clients",
        ),
      ];
    if (certificate.validToDate.getTime() < nowMs)
      return [
        wrong(
          `${which} has expired on ${certificate.validTo}`,
          from,
          "Leave it out: no certificate of its clients is good any more",
        ),
      ];
    return [];
  });
}

function judgeLists(config: Named, text: string): Problem[] {
  if (readPem(text).some(isList)) return [];
  const what = `There is no list of revoked certificates in "${config.settings.sslCrlFile}"`;
  return [
    wrong(
      what,
      byWhom(config, "sslCrlFile"),
      "Name a file in PEM: openssl crl -inform DER -in FILE makes one",
    ),
  ];
}

const unusable = (config: Named, key: FileKey, why: string) =>
  wrong(
    `${key} "${config.settings[key]}" cannot be used: ${why}`,
    byWhom(config, key),
    "Get the file anew from the authority",
  );

const byWhom = ({ origins }: Named, key: FileKey) => setterIn(origins)(key);

const isList = ({ label }: { label: string }) => label === "X509 CRL";

const onlyBlocks = (text: string, isWanted: (block: { label: string; text: string }) => boolean) =>
  readPem(text)
    .filter(isWanted)
    .map(({ text: block }) => block)
    .join("");

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
