// The connection below the runtime: the kernel moves bytes of a file to it, with nobody in between. The runtime does not tell
// its descriptor, so that is looked for by the two ends, once, and held against the client's before each use.

import { findConnection, leadsTo, type SocketEnd } from "../../../../ffi/connections.ts";
import { EAGAIN } from "../../../../ffi/files/open-beneath.ts";
import { sendFileAt } from "../../../../ffi/files/sendfile.ts";
import { limitUnsentBytes } from "../../../../ffi/socket.ts";
import { bytesOfLiteral } from "../../../core/addresses.ts";
import type { LocalAddress } from "../client.ts";

/**
 * What waits unsent in the kernel for one client. More than for others: each call moves no more than that. A client of 20 kB/s
 * takes half of it, after which the kernel tells that it takes bytes, in 13 seconds.
 */
const UNSENT_BYTES = 524_288;

export type KernelWireEnds = { address: string; port: number; local: LocalAddress | undefined };

export class KernelWire {
  readonly #remote: SocketEnd | undefined;
  readonly #fd: number | undefined;

  constructor({ address, port, local }: KernelWireEnds) {
    this.#remote = endOf(address, port);
    const here = local && endOf(local.address, local.port);
    this.#fd = this.#remote && here && findConnection(this.#remote, here);
    // Where it fails there is the listener's bound, which is lower.
    if (this.#fd !== undefined) limitUnsentBytes([this.#fd], UNSENT_BYTES);
  }

  /**
   * How many bytes went, 0 where the client takes none now, or the file has no more. Undefined: it cannot be done here. Only while
   * the runtime holds the connection open, and has nothing of its own to send.
   */
  sendFile(descriptor: number, position: number, count: number): number | undefined {
    const [fd, remote] = [this.#fd, this.#remote];
    if (fd === undefined || !remote || !leadsTo(fd, remote)) return undefined;
    const sent = sendFileAt(fd, descriptor, position, count);
    if (sent >= 0) return sent;
    return sent === -EAGAIN ? 0 : undefined;
  }
}

function endOf(address: string, port: number): SocketEnd | undefined {
  const bytes = bytesOfLiteral(address);
  return bytes && { address: bytes, port };
}
