// The forms of password hashes: which ones are taken, with what they cost, and the names of those that are not. Pure.

/** What a hash is, or why it is not taken: `refused` is the name of its form, and `why` the end of a sentence about it. */
export type HashForm = { form: "argon2id" | "bcrypt"; isCheap: boolean } | { refused: string; why: string };

/** As the runtime reads it: the last character of salt and digest each carries bits that have to be zero. */
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/;
const ARGON2ID =
  /^\$argon2id\$v=19\$m=(\d{1,9}),t=(\d{1,4}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Dearer ones keep a client waiting for seconds, and a processor busy: whoever can ask could stand still the rest. */
const BCRYPT_COST = { least: 4, most: 15 };
const ARGON2_KIB = { least: 8, most: 256 * 1024 };
const ARGON2_PASSES_MOST = 16;
const ARGON2_LANES_MOST = 16;
/** Below these somebody who has stolen the file tries too many passwords a second (OWASP Password Storage Cheat Sheet). */
const BCRYPT_COST_FAIR = 10;
const ARGON2_FAIR_KIB = 7 * 1024;

/** Beginnings of forms that other programs write. */
const OTHERS: readonly (readonly [beginning: string, name: string])[] = [
  ["$apr1$", "apr1"],
  ["{SHA}", "{SHA}"],
  ["{SSHA}", "{SSHA}"],
  ["{PLAIN}", "plain text"],
  ["$1$", "MD5 crypt"],
  ["$5$", "SHA-256 crypt"],
  ["$6$", "SHA-512 crypt"],
  ["$y$", "yescrypt"],
  ["$7$", "scrypt"],
  ["$argon2i$", "argon2i"],
  ["$argon2d$", "argon2d"],
  ["$2$", "the first bcrypt"],
  ["$2x$", "the bcrypt of broken libraries"],
];
const DES_CRYPT = /^[./A-Za-z0-9]{13}$/;
const WEAK = "can be guessed too fast";

export function hashFormOf(hash: string): HashForm {
  if (/^\$2[aby]\$/.test(hash)) return bcryptForm(hash);
  if (hash.startsWith("$argon2id$")) return argonForm(hash);
  const other = OTHERS.find(([beginning]) => hash.startsWith(beginning))?.[1];
  if (other !== undefined) return { refused: other, why: WEAK };
  if (DES_CRYPT.test(hash)) return { refused: "crypt", why: WEAK };
  return { refused: "plain text", why: "is no hash" };
}

function bcryptForm(hash: string): HashForm {
  const [, figures] = BCRYPT.exec(hash) ?? [];
  if (figures === undefined) return { refused: "bcrypt", why: "is damaged" };
  const cost = Number(figures);
  if (cost < BCRYPT_COST.least || cost > BCRYPT_COST.most)
    return { refused: "bcrypt", why: `has a cost outside of ${BCRYPT_COST.least} to ${BCRYPT_COST.most}` };
  return { form: "bcrypt", isCheap: cost < BCRYPT_COST_FAIR };
}

function argonForm(hash: string): HashForm {
  const [, memory, passes, lanes, salt = "", digest = ""] = ARGON2ID.exec(hash) ?? [];
  if (memory === undefined || !isBase64(salt, 11, 86) || !isBase64(digest, 22, 86))
    return { refused: "argon2id", why: "is damaged" };
  const [kib, t, p] = [Number(memory), Number(passes), Number(lanes)];
  const isBounded =
    kib >= ARGON2_KIB.least * Math.max(p, 1) &&
    kib <= ARGON2_KIB.most &&
    Math.min(t, p) >= 1 &&
    t <= ARGON2_PASSES_MOST &&
    p <= ARGON2_LANES_MOST;
  if (!isBounded)
    return {
      refused: "argon2id",
      why: `costs more than ${ARGON2_KIB.most / 1024} MiB, ${ARGON2_PASSES_MOST} passes and ${ARGON2_LANES_MOST} lanes, or less than is possible`,
    };
  return { form: "argon2id", isCheap: kib < ARGON2_FAIR_KIB };
}

/** Without padding; one character over a group of four is none. */
function isBase64(text: string, least: number, most: number): boolean {
  return (
    text.length >= least &&
    text.length <= most &&
    Buffer.from(text, "base64").toString("base64").replace(/=+$/, "") === text
  );
}
