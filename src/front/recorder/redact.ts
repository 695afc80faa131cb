// What of a request or an answer is left out of a record of it: what proves who somebody is, by its place and by its name. A best
// effort in bodies, whose form is the app's; whoever cannot have them written down records none. Pure.

export const HIDDEN = "[hidden]";

/** Names that are told apart by what they hold, whatever app it is. */
const SECRET_NAME =
  /passw|passphrase|secret|token|session|credential|csrf|xsrf|api[-_]?key|^auth|cookie|signature|^sig$|^code$/i;
/** Fields whose values are addresses. */
const ADDRESSES = ["referer", "location", "content-location"];

/** Flat [name, value …]. */
export function redactFields(fields: readonly string[]): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [name = "", value = ""] = [fields[at], fields[at + 1]];
    pairs.push([name, redactField(name.toLowerCase(), value)]);
  }
  return pairs;
}

function redactField(name: string, value: string): string {
  if (name.endsWith("authorization") || SECRET_NAME.test(name)) return HIDDEN;
  return ADDRESSES.includes(name) ? redactTarget(value) : value;
}

/** The path stays, and the names in its query; of no value is known what it is. */
export function redactTarget(target: string): string {
  const query = target.indexOf("?");
  if (query < 0) return target;
  return target.slice(0, query + 1) + redactPairs(target.slice(query + 1), () => true);
}

const redactPairs = (text: string, isSecret: (name: string) => boolean): string =>
  text
    .split("&")
    .map((pair) => {
      const [name = ""] = pair.split("=", 1);
      return isSecret(name) && name.length < pair.length ? `${name}=${HIDDEN}` : pair;
    })
    .join("&");

const JSON_PAIR = /"((?:[^"\\]|\\.){1,128})"(\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|-?[\d.eE+]+)/g;

/** Of a text of this media type. */
export function redactBody(text: string, mediaType: string): string {
  if (mediaType.includes("x-www-form-urlencoded")) return redactPairs(text, (name) => SECRET_NAME.test(name));
  if (!mediaType.includes("json")) return text;
  return text.replace(JSON_PAIR, (whole, name: string, colon: string) =>
    SECRET_NAME.test(name) ? `"${name}"${colon}"${HIDDEN}"` : whole,
  );
}
