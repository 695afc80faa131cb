// New passwords: which ones there may be, and their hashes.

export const PASSWORD_ALGORITHMS = ["argon2id", "bcrypt"] as const;
export type PasswordAlgorithm = (typeof PASSWORD_ALGORITHMS)[number];

/** In bytes of UTF-8. What a client can send is more. */
const BYTES_MOST = 1024;
/** Programs differ in what they make of the rest: most leave it out, the runtime hashes it beforehand. */
const BCRYPT_BYTES_MOST = 72;
/** RFC 7617 forbids them in what clients send. */
export const FORBIDDEN_IN_PASSWORDS = /[\p{Cc}\p{Cs}]/u;

/** What is wrong with a new password, as the end of a sentence that begins with it; undefined where nothing is. */
export function passwordFault(password: string, algorithm: PasswordAlgorithm): string | undefined {
  const bytes = Buffer.byteLength(password.normalize("NFC"));
  if (bytes === 0) return "is empty";
  if (bytes > BYTES_MOST) return `has more than ${BYTES_MOST} bytes`;
  if (FORBIDDEN_IN_PASSWORDS.test(password)) return "holds a control character, which clients cannot send";
  if (algorithm === "bcrypt" && bytes > BCRYPT_BYTES_MOST)
    return `has more than ${BCRYPT_BYTES_MOST} bytes, of which bcrypt takes no more: --algorithm argon2id does`;
  return undefined;
}

/**
 * The cost of each is what OWASP's Password Storage Cheat Sheet has as the least: tens of milliseconds on a processor, and for
 * argon2id 19 MiB, of which a server has to have several at once.
 */
const COSTS: Record<PasswordAlgorithm, Bun.Password.Argon2Algorithm | Bun.Password.BCryptAlgorithm> = {
  argon2id: { algorithm: "argon2id", memoryCost: 19 * 1024, timeCost: 2 },
  bcrypt: { algorithm: "bcrypt", cost: 10 },
};

/** As it stands in a file of passwords. In the form of Unicode in which clients are read. */
export function hashPassword(password: string, algorithm: PasswordAlgorithm): Promise<string> {
  return Bun.password.hash(password.normalize("NFC"), COSTS[algorithm]);
}
