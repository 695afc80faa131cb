// Whether the public port can be had. Fronts bind it with SO_REUSEPORT, which would share it in silence with any other
// server of the same user, another gw included; so it is bound here first, alone, and let go.

import type { BoundAddress } from "../../../ffi/port-guard.ts";
import { codeOf, GwError, reasonOf } from "../../core/errors.ts";
import { bytesOf, bytesOfLiteral, listenerOf, listeningOf, listeningOn, strangerOn } from "./listeners.ts";
import { nameOf } from "./proc.ts";

/** `address`: what the name of the host has led to; undefined where the system does not tell. */
export type FreePort = { port: number; address: BoundAddress | undefined };

/** Binds and lets go; the port is chosen by the system when 0 is asked for. */
export function probePort(host: string, port: number, ownPid: number): FreePort {
  try {
    const listener = Bun.listen({ hostname: host, port, exclusive: true, socket: { data() {} } });
    const { port: bound } = listener;
    // Only names have to be looked up while the port is open to everybody.
    const bytes = bytesOfLiteral(host) ?? bytesOfName(bound, ownPid);
    listener.stop(true);
    return { port: bound, address: bytes && { bytes, port: bound } };
  } catch (error) {
    throw explain(error, host, port);
  }
}

function bytesOfName(port: number, ownPid: number): Uint8Array | undefined {
  const socket = listeningOf(ownPid, listeningOn(port));
  return socket && bytesOf(socket);
}

/** Two servers that start at the same moment both find the port free: whoever is ready second sees the first here. */
export function refuseShared(host: string, port: number, ownPids: readonly number[]): void {
  const pid = strangerOn(port, ownPids);
  if (pid !== undefined) throw taken(host, port, pid);
}

function explain(error: unknown, host: string, port: number): GwError {
  const code = codeOf(error);
  if (code !== "EADDRINUSE")
    return new GwError("port_refused", { host, port, reason: REASONS[code] ?? `${reasonOf(error)} ${code}` });
  return taken(host, port, listenerOf(port));
}

function taken(host: string, port: number, pid: number | undefined): GwError {
  const name = pid ? nameOf(pid) : undefined;
  const by = pid ? ` by process ${pid}${name ? ` (${name})` : ""}` : "";
  return new GwError("port_taken", { host, port, by });
}

const REASONS: Record<string, string> = {
  EACCES: "permission denied",
  EADDRNOTAVAIL: "no interface of this machine has that address",
  // A name that cannot be looked up comes without a code.
  "": "there is no address for that name",
};

/** How clients name the host: a wildcard address is no place to go to. */
export function urlOf(host: string, port: number): string {
  const isWildcard = host === "" || host === "0.0.0.0" || host === "::" || host === "[::]";
  const name = isWildcard ? "localhost" : host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return `http://${name}:${port}/`;
}
