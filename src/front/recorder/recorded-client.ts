// A client whose request and answer are kept as they pass.

import type { BodyReceiver, Client, ClientTunnel, TunnelListener } from "../door/client.ts";
import { PassingClient } from "../door/passing-client.ts";
import type { Recording } from "./recording.ts";

export class RecordedClient extends PassingClient {
  readonly recording: Recording;

  constructor(inner: Client, recording: Recording) {
    super(inner);
    this.recording = recording;
  }

  override receiveBody(receiver: BodyReceiver): void {
    const { asked } = this.recording;
    const passing: BodyReceiver = {
      onPiece(piece) {
        asked.add(piece);
        receiver.onPiece(piece);
      },
      onBodyEnd: () => receiver.onBodyEnd(),
    };
    this.inner.receiveBody(passing);
  }

  override answer(
    status: number,
    reason: string,
    fields: readonly string[],
    body: Uint8Array | string,
  ): void {
    this.recording.noteHead(status, reason, fields);
    this.recording.answered.add(typeof body === "string" ? Buffer.from(body) : body);
    this.inner.answer(status, reason, fields, body);
  }

  override answerBodiless(status: number, reason: string, fields: readonly string[], length?: number): void {
    this.recording.noteHead(status, reason, fields);
    this.inner.answerBodiless(status, reason, fields, length);
  }

  override sendHead(status: number, reason: string, fields: readonly string[], length?: number): void {
    this.recording.noteHead(status, reason, fields);
    this.inner.sendHead(status, reason, fields, length);
  }

  override write(piece: Uint8Array): boolean {
    this.recording.answered.add(piece);
    return this.inner.write(piece);
  }

  override openTunnel(
    reason: string,
    fields: readonly string[],
    listener: TunnelListener,
  ): ClientTunnel | undefined {
    this.recording.noteHead(101, reason, fields);
    return this.inner.openTunnel(reason, fields, listener);
  }
}
