// What is told of the files of a certificate, and what becomes of them. Types only.

import type { Problem } from "../options/declare/problems.ts";

/** A file that has been read. Bytes that are no text stand in it as they are (latin1). */
export type Source = {
  path: string;
  /** Who named it: a flag, a variable, a line of a file. */
  from?: string | undefined;
  text: string;
};

/** The files of one certificate, and the hosts that it is to be good for: names, or `*.name` for all below it. */
export type CertificateSources = {
  certificate: Source;
  /** Absent: the key is to stand in the file of the certificate. */
  key?: Source | undefined;
  passphrase?: Source | undefined;
  chain?: Source | undefined;
  hosts: readonly string[];
};

/** A certificate that can be served. The key is not for anybody's eyes: it goes to front ends and nowhere else. */
export type ServerCertificate = {
  /** Where the certificate stands. */
  path: string;
  /** Lower-case names that it is shown for, or `*.name`; none for every other one. */
  names: string[];
  /** PEM: its own, and behind it those that lead to the root. */
  certificate: string;
  /** PEM, not encrypted. */
  key: string;
  /** Wall time in milliseconds at which the first of the chain expires. */
  expiresAtMs: number;
};

/** A configuration whose certificates have been read; none without HTTPS. */
export type Certified = {
  certificates?: readonly ServerCertificate[];
  /** Absent: clients are asked for none. */
  authorities?: ClientAuthorities;
};

/** By which a client's certificate is judged; PEM. */
export type ClientAuthorities = { ca: string; crl?: string };

export type Judgement = {
  problems: Problem[];
  /** One sentence each. */
  warnings: string[];
  /** Undefined when there are problems. */
  certificate?: ServerCertificate;
};
