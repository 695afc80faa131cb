// The field by which an app learns who has been let in. Only gw says it: what clients send under its name, however they spell
// that, is taken off, and no client can have it taken off again on its way. Pure.

import { withField } from "../../http/fields.ts";

export type UserField = {
  /** As it is written, and in the form in which names are compared. */
  name: string;
  plain: string;
};

export const userFieldOf = (name: string): UserField => ({ name, plain: plainName(name) });

/** Where fields become variables, as in CGI, all that is no letter and no digit is one and the same. */
const plainName = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "-");

const AUTHORIZATION = "authorization";

/** Without what clients may not say: a user, and where the app is to have none of it, their credentials. */
export function withoutClaims(
  fields: readonly string[],
  { plain }: UserField,
  keepsAuthorization: boolean,
): readonly string[] {
  let kept: string[] | undefined;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    const isClaim =
      (name.length === plain.length && plainName(name) === plain) ||
      (!keepsAuthorization && name.length === AUTHORIZATION.length && name.toLowerCase() === AUTHORIZATION);
    if (isClaim) kept ??= fields.slice(0, i);
    else kept?.push(name, fields[i + 1] as string);
  }
  return kept ?? fields;
}

/** With the user. `value`: its bytes, one for each character. */
export const withUser = (fields: readonly string[], { name }: UserField, value: string) =>
  withField(fields, name, value);

/** Authorization as it was sent: undefined where there is none, and empty where it stands twice. */
export function authorizationIn(fields: readonly string[]): string | undefined {
  let found: string | undefined;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    if (name.length !== AUTHORIZATION.length || name.toLowerCase() !== AUTHORIZATION) continue;
    found = found === undefined ? (fields[i + 1] as string) : "";
  }
  return found;
}
