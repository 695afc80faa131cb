// The one reserved header: facts about a request that HTTP itself cannot carry from the front to a worker.
// The front strips every client header under the prefix; the worker takes the facts and hides the header again.
// Value: TOKEN ID SCHEME ADDRESS PORT QUEUED-MS, separated by single spaces; `-` for an unknown address.

/** No client request and no app response passes a header whose name begins so. */
export const RESERVED_PREFIX = "x-gw-";
export const VISIT_HEADER = "x-gw-visit";

export type VisitFacts = {
  /** Proves that the front speaks. */
  token: string;
  /** Request id, as in the log and in gw's own error answers. */
  id: string;
  scheme: string;
  /** The client's address, without brackets; empty when unknown. */
  address: string;
  port: number;
  /** How long the request waited in the front's queue, in milliseconds. */
  queuedMs: number;
};

export function encodeVisit(facts: VisitFacts): string {
  return `${facts.token} ${facts.id} ${facts.scheme} ${facts.address || "-"} ${facts.port} ${facts.queuedMs}`;
}

const COUNT = /^\d{1,15}$/;

/** The facts, or undefined when the value was not written by `encodeVisit`. */
export function decodeVisit(value: string): VisitFacts | undefined {
  const [token, id, scheme, address, port, queuedMs, ...rest] = value.split(" ");
  if (!token || !id || !scheme || !address || !port || !queuedMs || rest.length > 0) return undefined;
  if (!COUNT.test(port) || !COUNT.test(queuedMs)) return undefined;
  return {
    token,
    id,
    scheme,
    address: address === "-" ? "" : address,
    port: Number(port),
    queuedMs: Number(queuedMs),
  };
}
