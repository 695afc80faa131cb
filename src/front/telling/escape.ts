// What clients send, made fit for one line: nothing of it can end the line, close a quotation or move a cursor.

const APACHE = /[^\x20\x21\x23-\x5b\x5d-\x7e]/g;
const NOT_APACHE = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;
const APACHE_SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\b": "\\b",
  "\f": "\\f",
};

/** As Apache writes it (ap_escape_logitem): all but printable ASCII as \xhh of each byte. */
export function escapeItem(text: string): string {
  return NOT_APACHE.test(text) ? text.replace(APACHE, escapeCharacter) : text;
}

/** For what stands without quotes: a space would begin another column. */
export function escapeWord(text: string): string {
  const escaped = escapeItem(text);
  return escaped.includes(" ") ? escaped.replaceAll(" ", "\\x20") : escaped;
}

function escapeCharacter(character: string): string {
  const short = APACHE_SHORT[character];
  if (short) return short;
  const code = character.charCodeAt(0);
  return code <= 0xff ? hex(code) : [...Buffer.from(character)].map(hex).join("");
}

const hex = (byte: number) => `\\x${byte.toString(16).padStart(2, "0")}`;

const NOT_PLAIN = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;
/** JSON leaves them as they are; terminals and some readers of lines do not. */
const CONTROLS = /[\x7f-\x9f\u2028\u2029]/g;

/** A text of JSON with its quotes. */
export function quoteJson(text: string): string {
  if (!NOT_PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(
    CONTROLS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
