// Whether the port for metrics is free. The runtime's HTTP server may share a port in silence with another gw that listens
// there; so it is bound first alone, and let go.

/** Throws what the system says (EADDRINUSE for one that is taken); 0 is always free. */
export function requireFree(hostname: string, port: number): void {
  if (port === 0) return;
  Bun.listen({ hostname, port, exclusive: true, socket: { data() {} } }).stop(true);
}
