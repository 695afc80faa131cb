// How large heads of requests may be at the most: what the engines take, at the doors for clients and in workers. Nothing beyond
// that can be allowed, and whatever a door lets in a worker takes.

/** The first line, in bytes. */
export const LINE_BYTES_MOST = 16 * 1024;

/** The whole head as the client sends it. */
export const HEAD_BYTES_MOST = 64 * 1024;

/** Fields of a request as its worker gets it, Host among them: Bun takes 198 in HTTP/1.1 and 197 in HTTP/2, whatever is set. */
export const WORKER_FIELDS_MOST = 197;

/**
 * What gw says itself, each in a field: the visit, the mount, the trace, the user and the framing; and to switch to WebSocket two
 * more, which a client of HTTP/2 does not send.
 */
const OWN_FIELDS_MOST = 7;

/** Fields of a request as its client sends it. */
export const FIELDS_MOST = WORKER_FIELDS_MOST - OWN_FIELDS_MOST;

/** The head as the worker gets it: beside the client's fields it may hold the client's certificate, and what stands in it. */
export const WORKER_HEAD_BYTES = 4 * HEAD_BYTES_MOST;
