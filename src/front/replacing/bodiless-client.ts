// A client that has asked by HEAD, while the app was asked by GET: it gets the fields of that answer, and no body.

import { DiscardingClient } from "./discarding-client.ts";

export class BodilessClient extends DiscardingClient {
  override get takesTrailers(): boolean {
    return false;
  }

  override answer(
    status: number,
    reason: string,
    fields: readonly string[],
    body: Uint8Array | string,
  ): void {
    this.visit.sentBytes = 0;
    this.answerBodiless(status, reason, fields, Buffer.byteLength(body));
  }

  override sendHead(status: number, reason: string, fields: readonly string[], length?: number): void {
    this.answerBodiless(status, reason, fields, length);
    this.discard(length);
  }
}
