// PEM (RFC 7468): blocks of base64 between lines that say what they are. Pure.

export type PemBlock = {
  /** CERTIFICATE, EC PRIVATE KEY … */
  label: string;
  /** With its first and its last line. */
  text: string;
};

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

/** All blocks of a text, in its order; what stands between them is comment. */
export function readPem(text: string): PemBlock[] {
  return [...text.matchAll(BLOCK)].map(([block, label = ""]) => ({ label, text: `${block}\n` }));
}

export const isCertificate = ({ label }: PemBlock) => label === "CERTIFICATE" || label === "X509 CERTIFICATE";

export const isPrivateKey = ({ label }: PemBlock) => label.endsWith("PRIVATE KEY");
