// Host names as they are compared: without a port, in lower case, in the one spelling that the parsers of URLs make of
// an address or an encoded name. Pure.

/** Nothing that a parser of URLs would write in another way: no number at the end, no escape, no brackets. */
const PLAIN_NAME = /^(?:[a-z0-9_-]+\.)*[a-z_-][a-z0-9_-]*$/;

/** A host without a port is at this one. */
export const USUAL_PORTS = { http: 80, https: 443 } as const;

/** The name or the address of a host, and its port; empty for none. */
export function splitPort(host: string): [name: string, port: string] {
  const colon = host.lastIndexOf(":");
  return colon > host.lastIndexOf("]") ? [host.slice(0, colon), host.slice(colon + 1)] : [host, ""];
}

const ADDRESS = /^\[|^\d+(?:\.\d+){3}$/;

/** Whether a host is named by its address; in the spelling that `canonicalHost`, or a parser of URLs, makes of it. */
export const isAddress = (host: string): boolean => ADDRESS.test(host);

/** The name that two hosts share when they are the same; of a valid host, with or without a port. */
export function canonicalHost(host: string): string {
  const lower = splitPort(host)[0].toLowerCase();
  const name = lower.endsWith(".") ? lower.slice(0, -1) : lower;
  if (PLAIN_NAME.test(name) || !URL.canParse(`http://${name}/`)) return name;
  return new URL(`http://${name}/`).hostname.replace(/\.$/, "");
}

/**
 * Of a canonical host: an address, this machine, or one of `names`, which are canonical too. No name that somebody else may lead
 * here, as a page of his in a browser on this machine would need.
 */
export function isOwnName(host: string, names: ReadonlySet<string>): boolean {
  return host === "localhost" || host.endsWith(".localhost") || isAddress(host) || names.has(host);
}
