// The headers in which proxies tell of their clients, all that are in use, and what each one tells.

/** What a header may tell. */
export type ForwardingSubject = "client" | "host" | "server" | "port" | "script" | "scheme";

/** Every header that is in use, in lower case, with what it tells. */
export const FORWARDING_SUBJECTS: ReadonlyMap<string, readonly ForwardingSubject[]> = new Map<
  string,
  readonly ForwardingSubject[]
>([
  ["forwarded", ["client", "host", "scheme"]],
  ["x-forwarded-for", ["client"]],
  ["x-client-ip", ["client"]],
  ["x-real-ip", ["client"]],
  ["x-forwarded-host", ["host"]],
  ["x-host", ["host"]],
  ["x-forwarded-server", ["server"]],
  ["x-forwarded-port", ["port"]],
  ["x-script-name", ["script"]],
  ["x-forwarded-script-name", ["script"]],
  ["x-forwarded-prefix", ["script"]],
  ["x-forwarded-proto", ["scheme"]],
  ["x-forwarded-scheme", ["scheme"]],
  ["x-scheme", ["scheme"]],
  ["x-forwarded-https", ["scheme"]],
  ["x-forwarded-ssl", ["scheme"]],
  ["x-https", ["scheme"]],
]);

/** The headers that an operator can name. */
export const FORWARDING_HEADERS: readonly string[] = [...FORWARDING_SUBJECTS.keys()];
