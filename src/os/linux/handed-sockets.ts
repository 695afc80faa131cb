// Sockets that a service manager has opened before it started gw: systemd's way (sd_listen_fds(3)), which others follow.

import { nameOfListener } from "../../../ffi/socket.ts";
import type { Handed, HandedSocket } from "../../core/addresses.ts";
import { textOfAddress } from "../../core/addresses.ts";
import type { Environment } from "../../core/environment.ts";

/** By agreement the first one. */
const FIRST_DESCRIPTOR = 3;
/** More than anybody hands over; the number comes from outside. */
const MOST = 1024;

/** What `env` announces to the process with this pid; nothing, where it is meant for another one. */
export function handedSockets(env: Environment, pid: number): Handed {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = env;
  if (LISTEN_PID !== String(pid) || !LISTEN_FDS) return { sockets: [], wrong: [] };
  if (!/^\d{1,4}$/.test(LISTEN_FDS) || Number(LISTEN_FDS) > MOST)
    return {
      sockets: [],
      wrong: [`LISTEN_FDS is ${JSON.stringify(LISTEN_FDS)}, and is to be a number up to ${MOST}`],
    };
  const names = LISTEN_FDNAMES?.split(":") ?? [];
  const read = Array.from({ length: Number(LISTEN_FDS) }, (_, at) =>
    readSocket(FIRST_DESCRIPTOR + at, names[at]),
  );
  return {
    sockets: read.flatMap((one) => (typeof one === "string" ? [] : [one])),
    wrong: read.filter((one) => typeof one === "string"),
  };
}

function readSocket(descriptor: number, name: string | undefined): HandedSocket | string {
  const found = nameOfListener(descriptor);
  if (!found.ok) {
    const called = name === undefined ? "" : ` (${name.replace(/[^\x20-\x7e]/g, "?")})`;
    return `Descriptor ${descriptor}${called} of LISTEN_FDS ${found.reason}`;
  }
  const { value } = found;
  if ("unix" in value) return { descriptor, unix: value.unix };
  return { descriptor, host: textOfAddress(value.bytes), port: value.port };
}
