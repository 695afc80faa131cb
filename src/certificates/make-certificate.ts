// Makes certificates (RFC 5280) for keys on the curve P-256: for development, where no authority is asked. Pure but for the
// randomness of keys, serial numbers and signatures.

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { bytesOfLiteral } from "../core/addresses.ts";
import {
  bits,
  explicit,
  implicit,
  integer,
  objectId,
  octets,
  sequence,
  set,
  time,
  utf8,
  yes,
} from "./der.ts";

export type MadeCertificate = { certificate: string; key: string };

export type CertificateWish = {
  /** The first one is its common name as well; host names, also `*.name`, and addresses. */
  names: readonly string[];
  fromMs: number;
  untilMs: number;
};

const VERSION_3 = 2;
const SERIAL_BYTES = 16;
const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const COMMON_NAME = "2.5.4.3";
const SUBJECT_KEY = "2.5.29.14";
const KEY_USAGE = "2.5.29.15";
const ALTERNATIVE_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
/** Of GeneralName. */
const DNS_NAME = 2;
const IP_ADDRESS = 7;
/** The first of nine bits. */
const DIGITAL_SIGNATURE = Buffer.from([0x80]);
/** A common name may have no more characters; the alternative names are what counts. */
const COMMON_NAME_MOST = 64;

/** What a certificate says, and who says it: names are common names. */
export type CertificateBody = {
  subject: string;
  /** Of whom it speaks. */
  publicKey: KeyObject;
  fromMs: number;
  untilMs: number;
  /** Each in DER. */
  extensions: readonly Buffer[];
  issuer: { name: string; key: KeyObject };
};

/** Signed by itself, and no authority: whoever trusts it trusts nothing else by that. */
export function makeSelfSigned({ names, fromMs, untilMs }: CertificateWish): MadeCertificate {
  const { publicKey, privateKey: key } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const subject = names[0] ?? "localhost";
  const extensions = [
    extension(BASIC_CONSTRAINTS, sequence(), true),
    extension(KEY_USAGE, bits(DIGITAL_SIGNATURE, 7), true),
    extension(EXTENDED_KEY_USAGE, sequence(objectId(SERVER_AUTH))),
    extension(SUBJECT_KEY, octets(createHash("sha1").update(derOf(publicKey)).digest())),
    alternativeNames(names),
  ];
  const certificate = issueCertificate({
    subject,
    publicKey,
    fromMs,
    untilMs,
    extensions,
    issuer: { name: subject, key },
  });
  return { certificate, key: key.export({ type: "pkcs8", format: "pem" }).toString() };
}

/** PEM, signed with a key of the kind EC. */
export function issueCertificate({
  subject,
  publicKey,
  fromMs,
  untilMs,
  extensions,
  issuer,
}: CertificateBody): string {
  const algorithm = sequence(objectId(ECDSA_WITH_SHA256));
  const body = sequence(
    explicit(0, integer(Buffer.from([VERSION_3]))),
    integer(newSerial()),
    algorithm,
    nameOf(issuer.name),
    sequence(time(fromMs), time(untilMs)),
    nameOf(subject),
    derOf(publicKey),
    explicit(3, sequence(...extensions)),
  );
  return pemOf(sequence(body, algorithm, bits(sign("sha256", body, issuer.key))));
}

/** `isCritical`: whoever does not understand it must not trust the certificate. */
export function extension(id: string, value: Uint8Array, isCritical = false): Buffer {
  return sequence(objectId(id), ...(isCritical ? [yes()] : []), octets(value));
}

/** The hosts that it is good for. */
export function alternativeNames(names: readonly string[]): Buffer {
  return extension(ALTERNATIVE_NAME, sequence(...names.map(generalName)));
}

const derOf = (key: KeyObject) => key.export({ type: "spki", format: "der" });

const nameOf = (text: string) =>
  sequence(set(sequence(objectId(COMMON_NAME), utf8(text.slice(0, COMMON_NAME_MOST)))));

function generalName(name: string): Buffer {
  const address = bytesOfLiteral(name);
  return address ? implicit(IP_ADDRESS, address) : implicit(DNS_NAME, Buffer.from(name));
}

/** Positive, and as long each time. */
function newSerial(): Buffer {
  const serial = randomBytes(SERIAL_BYTES);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}

function pemOf(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
