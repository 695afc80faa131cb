// Authorization: Basic (RFC 7617), in UTF-8. Pure.

import { FORBIDDEN_IN_PASSWORDS } from "./passwords.ts";
import { isUserName } from "./user-names.ts";

/** Both as the client meant them, in Unicode's form C, which RFC 7617 asks clients for. */
export type BasicCredentials = { user: string; password: string };

/** Of the whole field's value, in characters. Nobody's password is longer, and a megabyte is not looked at. */
const VALUE_MOST = 8 * 1024;
const SCHEME = /^basic +/i;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * What the value of one field Authorization says. Undefined where it is anything but well formed: another scheme, no base64,
 * no UTF-8, no colon, no user, a control character, too long.
 */
export function readBasic(value: string): BasicCredentials | undefined {
  if (value.length > VALUE_MOST) return undefined;
  const scheme = SCHEME.exec(value)?.[0];
  const text = scheme === undefined ? undefined : decode(value.slice(scheme.length));
  const colon = text?.indexOf(":") ?? -1;
  if (text === undefined || colon < 0 || FORBIDDEN_IN_PASSWORDS.test(text)) return undefined;
  const user = text.slice(0, colon);
  return isUserName(user) ? { user, password: text.slice(colon + 1) } : undefined;
}

/** Only the one spelling that an encoder makes: a second one would be a second key for what is remembered of it. */
function decode(base64: string): string | undefined {
  if (!BASE64.test(base64)) return undefined;
  const bytes = Buffer.from(base64, "base64");
  if (bytes.toString("base64") !== base64) return undefined;
  try {
    return utf8.decode(bytes).normalize("NFC");
  } catch {
    return undefined; // No UTF-8.
  }
}

/** The value of WWW-Authenticate. `realm`: characters of ASCII that can be printed, no quotes and no backslashes. */
export const basicChallenge = (realm: string) => `Basic realm="${realm}", charset="UTF-8"`;
