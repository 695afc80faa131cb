// Whether the public port can be had. Fronts bind it with SO_REUSEPORT, which would share it in silence with any other
// server of the same user, another gw included; so it is bound here first, alone, and let go.

import type { BoundAddress } from "../../../ffi/port-guard.ts";
import { bytesOfLiteral } from "../../core/addresses.ts";
import { codeOf, GwError, reasonOf } from "../../core/errors.ts";
import { known } from "../../os/operating-system.ts";
import { os } from "../../os/os.ts";
import { bytesOf } from "./addresses.ts";

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
  const socket = os.listeningOf(ownPid, everybodyOn(port));
  return socket && bytesOf(socket);
}

/** Two servers that start at the same moment both find the port free: whoever is ready second sees the first here. */
export function refuseShared(host: string, port: number, ownPids: readonly number[]): void {
  const pid = strangerOn(port, ownPids);
  if (pid !== undefined) throw taken(host, port, pid);
}

/**
 * Somebody who shares the very address that processes `pids` listen on: its pid, or 0 when it cannot be told. Whoever
 * binds the same port on another address of this machine is no stranger.
 */
export function strangerOn(port: number, pids: readonly number[]): number | undefined {
  const all = everybodyOn(port);
  const ours = all.filter((socket) => pids.some((pid) => os.listeningOf(pid, [socket])));
  const strange = all.filter(
    (socket) => !ours.includes(socket) && ours.some(({ address }) => address === socket.address),
  );
  return strange.length === 0 ? undefined : (os.holderOf(strange) ?? 0);
}

/** Nobody where the system does not tell: then an error names nobody, and a port that is shared is not seen to be. */
const everybodyOn = (port: number) => known(os.listeningOn(port)) ?? [];

function explain(error: unknown, host: string, port: number): GwError {
  const code = codeOf(error);
  if (code !== "EADDRINUSE")
    return new GwError("port_refused", { host, port, reason: REASONS[code] ?? `${reasonOf(error)} ${code}` });
  return taken(host, port, os.holderOf(everybodyOn(port)));
}

function taken(host: string, port: number, pid: number | undefined): GwError {
  const name = pid ? known(os.findProcess(pid))?.name : undefined;
  const named = name ? ` (${name})` : "";
  // A stranger may call itself so as well; then the command says that no gw is there.
  const how = name && GW_ROLE.test(name) ? `, of a gw: gw status --port ${port} shows it` : "";
  const by = pid ? ` by process ${pid}${named}${how}` : "";
  return new GwError("port_taken", { host, port, by });
}

/** By the names that processes in the roles that listen give themselves. */
const GW_ROLE = /^gw-(?:front|worker|metrics)$/;

const REASONS: Record<string, string> = {
  EACCES: "permission denied",
  EADDRNOTAVAIL: "no interface of this machine has that address",
  // A name that cannot be looked up comes without a code.
  "": "there is no address for that name",
};
