// How long clients may keep a file, by its name. Pure.

/** `pattern`: of a path where it begins with a slash, else of a name; `*` stands for any characters, `?` for one. */
export type CachingRule = { pattern: string; value: string };

const IMMUTABLE = "public, max-age=31536000, immutable";

/**
 * Names into which build tools write a digest of the content, before the ending and behind a dot, hyphen or underscore: eight
 * or more hexadecimal digits, figures and letters among them; or eight characters of base64 (Vite) or base32 (esbuild) in
 * which figures stand as they do in no word and no number. A digest that is not recognised costs a question to the server, a
 * word that is taken for one would be kept for a year: on any doubt it is none.
 */
const HASHED = /^.*?[._-](?:.*[._-])?([0-9a-f]{8,64}|[0-9A-Za-z_-]{8})(?:\.[A-Za-z0-9]{1,8}){1,2}$/;
const HEX = /^(?=.*\d)(?=.*[a-f])[0-9a-f]{8,64}$/;
const SHORT = /^(?=.*[A-Z])(?=.*(?:\d[A-Za-z_-]+\d|[a-z]\d+[A-Z]))[0-9A-Za-z_-]{8}$/;

export function hasHashedName(name: string): boolean {
  const [, digest = ""] = HASHED.exec(name) ?? [];
  return HEX.test(digest) || SHORT.test(digest);
}

/** Value of Cache-Control for the file at a decoded path such as `/css/site.css`: that of the first rule that fits. */
export function createCaching(rules: readonly CachingRule[]): (path: string) => string | undefined {
  const made = rules.map(({ pattern, value }) => ({
    form: formOf(pattern),
    value,
    isPath: pattern.startsWith("/"),
  }));
  return (path) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const rule = made.find(({ form, isPath }) => form.test(isPath ? path : name));
    return rule ? rule.value : hasHashedName(name) ? IMMUTABLE : undefined;
  };
}

function formOf(pattern: string): RegExp {
  const text = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${text}$`, "s");
}
