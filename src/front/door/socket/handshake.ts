// A connection over TLS before it has been agreed on what is spoken: until then nothing of it is heard but how that ends.

import type { Deadlines, Due } from "../../../core/deadlines.ts";
import { type Cause, GwError } from "../../../core/errors.ts";
import type { ProxiedClient } from "../../../http/proxy-protocol/preface.ts";
import type { RawSocket, SocketListener } from "./socket.ts";

/** What the runtime says of a handshake that has failed. */
export type HandshakeFault = { code?: string; message?: string };

export interface HandshakeOwner {
  /** `reason`: in the words of whoever could not read it. Its socket may still be told something, without TLS. */
  onNoHandshake(error: GwError, reason: string, handshake: Handshake): void;
}

export class Handshake implements SocketListener, Due {
  dueAt = 0;
  earlier: Due | undefined;
  later: Due | undefined;
  list: Deadlines | undefined;
  readonly socket: RawSocket;
  /** What a proxy has told of it. */
  readonly client: ProxiedClient | undefined;
  readonly #owner: HandshakeOwner;

  constructor(socket: RawSocket, owner: HandshakeOwner, client?: ProxiedClient) {
    this.socket = socket;
    this.client = client;
    this.#owner = owner;
  }

  /** Too slow. */
  onDue(): void {
    const reason = "the handshake was not complete in time";
    this.#owner.onNoHandshake(new GwError("tls_handshake_timeout"), reason, this);
    this.socket.close();
  }

  onFailed(fault: HandshakeFault | null): void {
    this.list?.remove(this);
    const failed = failureOf(fault);
    if (failed) this.#owner.onNoHandshake(new GwError(failed.cause, failed), failed.reason, this);
    this.socket.close();
  }

  onData(): void {}

  onDrain(): void {}

  /** It sends no more, and has not said enough. */
  onEnd(): void {
    this.socket.close();
  }

  onClosed(): void {
    this.list?.remove(this);
  }
}

/** Words of BoringSSL for the first bytes of a request without TLS. */
const PLAIN = /\b(?:HTTP_REQUEST|HTTPS_PROXY_REQUEST)$/;
const FROM_LIBRARY = /^error:[0-9a-f]+:SSL routines:[\w-]*:(\w+)$/;

/** Undefined where the client left: nobody is there to be refused. Pure. */
export function failureOf(
  fault: HandshakeFault | null,
): { cause: Cause & `${"tls" | "plain"}_${string}`; reason: string } | undefined {
  const { code = "", message = "" } = fault ?? {};
  if (code === "ECONNRESET") return undefined;
  const reason = FROM_LIBRARY.exec(message)?.[1]?.toLowerCase().replaceAll("_", " ") ?? (message || code);
  if (PLAIN.test(message)) return { cause: "plain_request_on_tls", reason };
  return { cause: "tls_handshake_failed", reason };
}
