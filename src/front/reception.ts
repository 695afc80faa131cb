// Where a request waits for the rest of its small body, so that a slow client holds no worker.

import { Alarm, type Deadlines } from "../core/deadlines.ts";
import { type Cause, GwError } from "../core/errors.ts";
import { Running } from "./backends.ts";
import type { Intake } from "./intake.ts";
import type { Visit } from "./visit.ts";

export type ReceptionOptions = {
  /** The socket timeout: how long a client may be silent. */
  silence: Deadlines;
  limitBytes: number;
  /** The body is here, or too large to be waited for. */
  onReady: (visit: Visit) => void;
  onError: (visit: Visit, error: GwError) => void;
  /** The client has left. */
  onGone: (visit: Visit) => void;
};

type Guest = { visit: Visit; intake: Intake; silence: Alarm; place: number };

export class Reception {
  readonly #options: ReceptionOptions;
  readonly #guests = new Running<Guest>();

  constructor(options: ReceptionOptions) {
    this.#options = options;
  }

  receive(visit: Visit, intake: Intake): void {
    const { silence, limitBytes, onReady, onGone } = this.#options;
    const guest: Guest = {
      visit,
      intake,
      place: 0,
      silence: new Alarm(() => this.#fail(guest, new GwError("request_timeout_client"))),
    };
    this.#guests.add(guest);
    intake.onTooLarge = () => this.#fail(guest, new GwError("request_body_too_large", { limit: limitBytes }));
    intake.onProgress = () => silence.touch(guest.silence);
    const gone = () => {
      this.#forget(guest);
      intake.stop();
      onGone(visit);
    };
    visit.client.listener = { onGone: gone, onWritable() {} };
    silence.touch(guest.silence);
    intake.whenReady(() => {
      this.#forget(guest);
      intake.onProgress = undefined;
      onReady(visit);
    });
  }

  /** Ends all that is being received with this cause. */
  abandon(cause: Cause): void {
    for (const guest of this.#guests) this.#fail(guest, new GwError(cause));
  }

  #fail(guest: Guest, error: GwError): void {
    this.#forget(guest);
    guest.visit.client.listener = undefined;
    guest.intake.stop();
    this.#options.onError(guest.visit, error);
  }

  #forget(guest: Guest): void {
    this.#guests.delete(guest);
    this.#options.silence.remove(guest.silence);
  }
}
