// By what a client is known again, so that its requests go to one worker. Pure.

import type { Kind } from "./kinds.ts";

/** The client's mark: a cookie of gw's own, a field of its requests, or its address. */
export type Sticky =
  | Readonly<{ by: "cookie"; name: string }>
  | Readonly<{ by: "header"; name: string }>
  | Readonly<{ by: "address" }>;

export const ROUTE_COOKIE = "gw_route";

/** A token (RFC 9110 section 5.6.2): cookies and fields have such names. */
const FORM =
  /^(?:(cookie)(?:=([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}))?|(header)=([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64})|(address))$/;

/** `cookie`, `cookie=NAME`, `address` or `header=NAME`. */
export function sticky(): Kind<Sticky> {
  const parse = (text: string): Sticky | undefined => {
    const [, cookie, cookieName = ROUTE_COOKIE, header, headerName, address] = FORM.exec(text) ?? [];
    if (cookie) return { by: "cookie", name: cookieName };
    if (header && headerName) return { by: "header", name: headerName };
    return address ? { by: "address" } : undefined;
  };
  return {
    name: "text",
    placeholder: "HOW",
    accepts: "cookie, cookie=NAME, address or header=NAME",
    schema: { type: "string", pattern: FORM.source },
    type: "string",
    parse,
    fromJson: (value) => (typeof value === "string" ? parse(value) : undefined),
    print: (value) => ("name" in value ? `${value.by}=${value.name}` : value.by),
  };
}
