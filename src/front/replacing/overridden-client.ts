// A client who does not get the errors of an app as the app words them: of such an answer it is only noted what it was, and gw
// answers in its place when it is over. What is answered after that is gw's own, whatever its status.

import { DiscardingClient } from "./discarding-client.ts";

const LEAST_STATUS = 400;

export class OverriddenClient extends DiscardingClient {
  override answer(
    status: number,
    reason: string,
    fields: readonly string[],
    body: Uint8Array | string,
  ): void {
    if (!this.#isErrorOfTheApp(status)) return super.answer(status, reason, fields, body);
    this.visit.sentBytes = 0;
    this.#override(status, fields, 0);
  }

  override answerBodiless(status: number, reason: string, fields: readonly string[], length?: number): void {
    if (!this.#isErrorOfTheApp(status)) return super.answerBodiless(status, reason, fields, length);
    this.#override(status, fields, 0);
  }

  override sendHead(status: number, reason: string, fields: readonly string[], length?: number): void {
    if (!this.#isErrorOfTheApp(status)) return super.sendHead(status, reason, fields, length);
    this.#override(status, fields, length);
  }

  /** An error, and not one that gw answers because the app has failed to. */
  #isErrorOfTheApp(status: number): boolean {
    return status >= LEAST_STATUS && !this.visit.isOver;
  }

  #override(status: number, fields: readonly string[], length: number | undefined): void {
    this.visit.overridden = { status, fields, client: this.inner };
    this.discard(length);
  }
}
