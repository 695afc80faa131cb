// The private key of a certificate: found, decrypted, or why it cannot be used. Pure.

import { createPrivateKey, type KeyObject } from "node:crypto";
import { codeOf } from "../core/errors.ts";
import type { Problem } from "../options/declare/problems.ts";
import type { CertificateSources, Source } from "./certificate-files.ts";
import { isPrivateKey, type PemBlock, readPem } from "./pem.ts";
import { wrong } from "./wrong.ts";

/** Of what a certificate for TLS may be. */
const TYPES: readonly string[] = ["rsa", "ec", "ed25519"];

export function readKey({ certificate, key, passphrase }: CertificateSources): KeyObject | Problem {
  const source = key ?? certificate;
  const [block] = readPem(source.text).filter(isPrivateKey);
  if (!block) return key ? noKeyIn(key) : noKeyFor(certificate);
  const word = passphrase?.text.split(/\r?\n/, 1)[0];
  try {
    const read = createPrivateKey({ key: block.text, ...(word !== undefined && { passphrase: word }) });
    if (TYPES.includes(read.asymmetricKeyType ?? "")) return read;
    const what = `The key in "${source.path}" is of the kind ${read.asymmetricKeyType}, which TLS has no use for`;
    return wrong(what, source.from, "Have a certificate issued for a key of the kind EC or RSA");
  } catch (thrown) {
    return explain(codeOf(thrown), source, isEncrypted(block) ? passphrase : undefined);
  }
}

/** In the form of PKCS #8, or in the older one of each kind of key. */
const isEncrypted = ({ label, text }: PemBlock) =>
  label === "ENCRYPTED PRIVATE KEY" || /^Proc-Type: 4,ENCRYPTED/m.test(text);

/** `passphrase`: with which it should have been decrypted. */
function explain(code: string, { path, from }: Source, passphrase: Source | undefined): Problem {
  if (code === "ERR_MISSING_PASSPHRASE") {
    const advice =
      "Put its passphrase into a file that only gw can read, and name that with --ssl-key-passphrase-file";
    return wrong(`The key in "${path}" is encrypted, and there is no passphrase for it`, from, advice);
  }
  // Of 256 wrong ones, one looks right until what it gives is read as a key.
  if (passphrase) {
    const what = `The key in "${path}" cannot be decrypted with the passphrase in "${passphrase.path}"`;
    return wrong(
      what,
      passphrase.from,
      "The first line of that file is to be the passphrase and nothing else",
    );
  }
  return wrong(
    `The key in "${path}" cannot be read: ${code || "it is damaged"}`,
    from,
    "Copy it once more from where it was made",
  );
}

function noKeyIn({ path, from, text }: Source): Problem {
  const advice = text.startsWith("\x30")
    ? `It looks like DER; openssl pkey -inform der -in ${path} -out key.pem makes PEM of it`
    : "Name the file with the block BEGIN PRIVATE KEY";
  return wrong(`There is no private key in "${path}"`, from, advice);
}

function noKeyFor({ path, from }: Source): Problem {
  const advice = "Name the file of the key with --ssl-certificate-key-file";
  return wrong(`There is no key for the certificate "${path}"`, from, advice);
}
