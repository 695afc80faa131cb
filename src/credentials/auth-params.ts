// The parameters of a challenge or of credentials: `name=value, name="value"` (RFC 9110 section 11.2). Pure.

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
/** One parameter with the comma behind it. No controls but the tab, and no backslash that stands alone. */
const PARAM = new RegExp(
  `[ \\t]*(?:(${TOKEN})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\\\x00-\\x08\\x0a-\\x1f\\x7f]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*)"|(${TOKEN})))?[ \\t]*(,|$)`,
  "y",
);
/** Digest has 13. */
const PARAMS_MOST = 24;

export type AuthParam = { value: string; isQuoted: boolean };

/**
 * By their names in lower case; values without quotes and escapes. Undefined where the text is anything else, names one
 * twice, or has more than 24 parts.
 */
export function readAuthParams(text: string): Map<string, AuthParam> | undefined {
  const params = new Map<string, AuthParam>();
  PARAM.lastIndex = 0;
  for (let i = 0; i < PARAMS_MOST; i++) {
    const match = PARAM.exec(text);
    if (!match) return undefined;
    const [, name, quoted, token = "", end] = match;
    if (name !== undefined) {
      const lower = name.toLowerCase();
      if (params.has(lower)) return undefined;
      const isQuoted = quoted !== undefined;
      params.set(lower, { value: quoted === undefined ? token : withoutEscapes(quoted), isQuoted });
    }
    if (end === "") return params;
  }
  return undefined;
}

const withoutEscapes = (text: string) => (text.includes("\\") ? text.replace(/\\(.)/gs, "$1") : text);
