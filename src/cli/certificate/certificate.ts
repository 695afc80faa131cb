// `gw certificate`: writes a key and a certificate for it, signed by itself. For development: nobody trusts it who has not
// been told to.

import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { makeSelfSigned } from "../../certificates/make-certificate.ts";
import { systemClock } from "../../core/clock.ts";
import { reasonOf } from "../../core/errors.ts";
import { shellWord } from "../../os/shell-words.ts";
import { reportProblems } from "../config/inspect.ts";
import { print } from "../terminal/output.ts";
import type { LineValues } from "../terminal/words.ts";
import { type CertificateWords, certificateOf, NO_KIND } from "./certificate-words.ts";

const DAY_MS = 24 * 60 * 60_000;
/** The clocks of whoever is shown it may be slow. */
const EARLIER_MS = 60 * 60_000;
const FOR_OWNER = 0o600;
const HINTS = { usage: "Nothing was written" } as const;

export async function runCertificate(values: LineValues): Promise<number> {
  if (!values.has("self-signed")) return reportProblems([NO_KIND], HINTS);
  const words = certificateOf(values);
  const directory = resolve(words.directory);
  const files = { certificate: join(directory, "cert.pem"), key: join(directory, "key.pem") };
  const present = Object.values(files).find((path) => existsSync(path));
  if (present !== undefined && !words.replaces) {
    const what = `"${present}" is there already`;
    return reportProblems(
      [{ cause: "usage", what, advice: "Give --force to replace it, or another directory" }],
      HINTS,
    );
  }
  const nowMs = systemClock.wall();
  const untilMs = nowMs + words.days * DAY_MS;
  const made = makeSelfSigned({ names: words.names, fromMs: nowMs - EARLIER_MS, untilMs });
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // A gw that looks at these files reads both when the second one has come.
    write(files.key, made.key);
    write(files.certificate, made.certificate);
  } catch (thrown) {
    const what = `The files cannot be written: ${reasonOf(thrown)}`;
    return reportProblems(
      [{ cause: "usage", what, advice: "Name a directory that you may write in" }],
      HINTS,
    );
  }
  const told = { ...files, names: words.names, validUntil: new Date(untilMs).toISOString() };
  print(values.has("json") ? [JSON.stringify(told, null, 2)] : describe(files, words, untilMs));
  return 0;
}

/** There is never half of it, and never for a moment anybody else who can read it. */
function write(path: string, text: string): void {
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, text, { mode: FOR_OWNER, flag: "wx" });
  renameSync(unfinished, path);
}

function describe(
  { certificate, key }: Record<"certificate" | "key", string>,
  { names }: CertificateWords,
  untilMs: number,
): string[] {
  const [cert, private_] = [shellWord(certificate), shellWord(key)];
  return [
    `wrote ${certificate} for ${names.join(", ")}; valid until ${new Date(untilMs).toISOString().slice(0, 10)}`,
    `wrote ${key}, which only you can read`,
    "",
    "Serve with it:",
    `  gw start-server app.ts --https-port 8443 --ssl-certificate-file ${cert} --ssl-certificate-key-file ${private_}`,
    "Ask it; nobody trusts it who is not told to:",
    `  curl --cacert ${cert} https://${nameToAsk(names)}:8443/`,
  ];
}

function nameToAsk([first = "localhost"]: readonly string[]): string {
  return first.includes(":") ? `[${first}]` : first.replace("*", "www");
}
