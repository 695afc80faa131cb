// The command line of gw certificate. Pure.

import { isIP } from "node:net";
import { count, path, text } from "../../options/declare/kinds/kinds.ts";
import type { Problem } from "../../options/declare/problems.ts";
import type { LineValues, WordRow } from "../terminal/words.ts";

export type CertificateWords = { directory: string; names: string[]; days: number; replaces: boolean };

/** By which a browser or curl on this machine asks. */
const DEFAULT_NAMES = ["localhost", "127.0.0.1", "::1"];
const DEFAULT_DAYS = 365;
/** Apple's systems accept no longer ones, whoever has said that they are to be trusted. */
const MOST_DAYS = 825;

const NAME = /^(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

/** The interface behind an address is this machine's affair, and stands in no certificate. */
const isAddress = (name: string) => isIP(name) !== 0 && !name.includes("%");

const NAMES = text({
  placeholder: "NAMES",
  accepts: "host names and addresses with commas between them, such as shop.test,*.shop.test,192.168.0.7",
  read: (word) => {
    const names = word.split(",").map((name) => name.trim());
    return names.every((name) => isAddress(name) || NAME.test(name))
      ? names.join(",").toLowerCase()
      : undefined;
  },
});

export const CERTIFICATE_WORDS: readonly WordRow[] = [
  {
    name: "self-signed",
    kind: path("DIR"),
    meaning: "Write DIR/cert.pem and DIR/key.pem, signed by themselves",
  },
  { name: "name", kind: NAMES, meaning: `Names that it is good for [${DEFAULT_NAMES.join(",")}]` },
  {
    name: "days",
    kind: { ...count({ min: 1, max: MOST_DAYS }), placeholder: "N" },
    meaning: `How long it is valid [${DEFAULT_DAYS}]`,
  },
  { name: "force", meaning: "Replace what stands there" },
];

export function certificateOf(values: LineValues): CertificateWords {
  return {
    directory: String(values.get("self-signed")),
    names: values.has("name") ? String(values.get("name")).split(",") : DEFAULT_NAMES,
    days: Number(values.get("days") ?? DEFAULT_DAYS),
    replaces: values.has("force"),
  };
}

/** There is no other kind of certificate that it makes. */
export const NO_KIND: Problem = {
  cause: "usage",
  what: "gw certificate needs --self-signed DIR",
  advice: "It makes one for development; docs/tls.md shows how certbot and lego get one for a server",
};
