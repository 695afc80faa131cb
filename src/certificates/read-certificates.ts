// The certificates that a configuration names: which there are, their files read, each judged. Effects come in by `Tools`.

import type { FileRead } from "../core/files.ts";
import type { Problem } from "../options/declare/problems.ts";
import type { Key, Settings } from "../options/declare/table.ts";
import { setterIn } from "../options/read/inputs.ts";
import { hostsOf, type Resolved } from "../options/resolve/resolve.ts";
import type {
  CertificateSources,
  Certified,
  ClientAuthorities,
  ServerCertificate,
  Source,
} from "./certificate-files.ts";
import { authorityFilesOf, readAuthorities } from "./client-authorities.ts";
import { type Circumstances, judgeCertificate } from "./judge.ts";
import { wrong } from "./wrong.ts";

export type ReadTools = Circumstances & {
  readFile: (path: string) => FileRead;
  /** Why nothing can be served with these; undefined where all is well. */
  refusalOf: (tls: {
    ciphers: string;
    pair?: { cert: string; key: string };
    authorities?: ClientAuthorities;
  }) => string | undefined;
};

export type CertificatesRead = {
  problems: Problem[];
  /** One sentence each. */
  warnings: string[];
  /** Those that are good; the first one is for clients that name no server, or one that nobody has. */
  certificates: ServerCertificate[];
  authorities?: ClientAuthorities;
};

/** The options that name the files of a certificate. */
const FILES = {
  certificate: "sslCertificateFile",
  key: "sslCertificateKeyFile",
  passphrase: "sslKeyPassphraseFile",
  chain: "sslCertificateChainFile",
} as const satisfies Record<string, Key>;
type FilePart = keyof typeof FILES;
const PARTS = Object.keys(FILES) as FilePart[];

/** One certificate, and all hosts of the groups that use it. */
type Wanted = {
  paths: Partial<Record<FilePart, string>>;
  from: Partial<Record<FilePart, string>>;
  hosts: string[];
};

type CertifiedBy = Pick<Resolved, "settings" | "origins" | "groups">;

export function readCertificates(config: CertifiedBy, tools: ReadTools): CertificatesRead {
  const read: CertificatesRead = { problems: [], warnings: [], certificates: [] };
  for (const wanted of listWanted(config)) {
    const sources = readSources(wanted, tools, read);
    if (!sources) continue;
    const { problems, warnings, certificate } = judgeCertificate(sources, tools);
    read.problems.push(...problems);
    read.warnings.push(...warnings);
    if (certificate) read.certificates.push(certificate);
  }
  read.problems.push(...proveTogether(config, read.certificates, tools));
  const authorities = readAuthorities(config, tools);
  read.problems.push(...authorities.problems);
  return authorities.found ? { ...read, authorities: authorities.found } : read;
}

/** The library that will speak TLS has the last word. */
function proveTogether(
  { settings, origins }: CertifiedBy,
  certificates: readonly ServerCertificate[],
  { refusalOf }: ReadTools,
): Problem[] {
  const { sslCipherList: ciphers, httpsPort } = settings;
  const refusal = httpsPort === undefined ? undefined : refusalOf({ ciphers });
  const setBy = setterIn(origins);
  if (refusal !== undefined)
    return [
      wrong(
        `There is no cipher that sslCipherList "${ciphers}" means: ${refusal}`,
        setBy("sslCipherList"),
        "Leave it out: by default all have forward secrecy",
      ),
    ];
  return certificates.flatMap(({ path, certificate: cert, key }) => {
    const why = refusalOf({ ciphers, pair: { cert, key } });
    return why === undefined
      ? []
      : [
          wrong(
            `The certificate in "${path}" cannot be served: ${why}`,
            setBy("sslCertificateFile"),
            "Have it issued anew for a new key",
          ),
        ];
  });
}

/** Nothing else of what was read. */
export function certifiedBy({
  certificates,
  authorities,
}: Pick<CertificatesRead, keyof Certified>): Certified {
  return { certificates, ...(authorities && { authorities }) };
}

/** Every file that is to be looked at for changes. */
export function certificateFilesOf(config: CertifiedBy): string[] {
  const own = listWanted(config).flatMap(({ paths }) => PARTS.flatMap((part) => paths[part] ?? []));
  return [...new Set([...own, ...authorityFilesOf(config)])];
}

/** What is said outside of groups comes first; a group that names none uses the first one. */
function listWanted({ settings, origins, groups }: CertifiedBy): Wanted[] {
  if (settings.httpsPort === undefined || settings.embeddedMode) return [];
  const apps = groups.filter(({ kind, isMounted }) => kind === "app" && isMounted);
  const found = new Map<string, Wanted>();
  for (const one of [{ settings, origins }, ...apps]) {
    const paths = pathsOf(one.settings);
    const key = JSON.stringify(paths);
    const setBy = setterIn(one.origins);
    if (paths.certificate === undefined || found.has(key)) continue;
    const from = Object.fromEntries(PARTS.map((part) => [part, setBy(FILES[part])]));
    found.set(key, { paths, from, hosts: [] });
  }
  const [first] = found.values();
  for (const { settings: own } of apps) {
    const hosts = (found.get(JSON.stringify(pathsOf(own))) ?? first)?.hosts;
    for (const host of hostsOf(own)) if (hosts && !hosts.includes(host)) hosts.push(host);
  }
  return [...found.values()];
}

function pathsOf(settings: Settings): Wanted["paths"] {
  return Object.fromEntries(
    PARTS.flatMap((part) => (settings[FILES[part]] === undefined ? [] : [[part, settings[FILES[part]]]])),
  );
}

function readSources(
  { paths, from, hosts }: Wanted,
  { readFile }: ReadTools,
  told: CertificatesRead,
): CertificateSources | undefined {
  const sources: Partial<Record<FilePart, Source>> = {};
  let isWhole = true;
  for (const part of PARTS) {
    const path = paths[part];
    if (path === undefined) continue;
    const file = readFile(path);
    if ("reason" in file) {
      told.problems.push(unreadable(path, from[part], file.reason, FILES[part]));
      isWhole = false;
      continue;
    }
    sources[part] = { path, from: from[part], text: file.text };
    if (file.isOpen && isSecret(part, paths))
      told.warnings.push(
        `everybody on this machine can read "${path}", which holds a ${part === "passphrase" ? "passphrase" : "private key"}: chmod o-rwx it`,
      );
  }
  const { certificate } = sources;
  return isWhole && certificate ? { ...sources, certificate, hosts } : undefined;
}

/** Without a file of its own the key stands beside the certificate. */
const isSecret = (part: FilePart, { key }: Wanted["paths"]) =>
  part === "key" || part === "passphrase" || (part === "certificate" && key === undefined);

function unreadable(path: string, from: string | undefined, reason: string, key: Key): Problem {
  return wrong(
    `${key} "${path}" cannot be read: ${reason}`,
    from,
    "Correct the path, or let whoever starts gw read it; only gw itself reads it, the app need not",
  );
}
