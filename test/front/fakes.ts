// A native response and a connection without a runtime behind them: a test plays the client, and looks at what was sent.

import { FIELDS_MOST } from "../../src/core/requests/head-bounds.ts";
import type { Client, ClientTunnel, TunnelListener } from "../../src/front/door/client.ts";
import type { ClientRequest } from "../../src/front/door/h1/client-request.ts";
import { type ConnectionSide, H1Client } from "../../src/front/door/h1/h1-client.ts";
import { HAS_LENGTH, HAS_TRANSFER_ENCODING, type NativeResponse } from "../../src/front/door/h1/native.ts";
import { type Ending, type Holder, Visit, type VisitOwner } from "../../src/front/visit/visit.ts";
import { Watch } from "../support/watch.ts";

/** What is taken of heads where nobody says less. */
export const HEADS = { lineBytes: 16_384, fieldBytes: 65_536, fields: FIELDS_MOST };

export type Sent = { status: number; reason: string; fields: readonly string[]; body: string | undefined };

export class FakeClient implements ConnectionSide {
  readonly address = "192.0.2.7";
  readonly local = undefined;
  readonly port = 4711;
  readonly scheme = "http";
  isClosed = false;
  /** The front wants the connection to end with the next answer. */
  isEnding = false;
  readonly client: H1Client;
  /** What was answered, in order; a client may get one answer at most. */
  readonly sent: Sent[] = [];
  /** The order in which things were done to the connection. */
  readonly acts: string[] = [];
  /** Tells of each answer. */
  readonly watch = new Watch();
  readonly #response: NativeResponse;
  /** What the client has yet to take of what it was sent. */
  unsentBytes = 0;
  #held: Uint8Array[] = [];
  #paused = false;

  constructor(given: Partial<ClientRequest> & { fields?: string[] } = {}) {
    const fields = given.fields ?? ["Host", "a"];
    this.#response = this.#makeResponse(fields);
    const request = {
      method: "GET",
      target: "/",
      bits: fields.includes("Transfer-Encoding") ? HAS_TRANSFER_ENCODING : HAS_LENGTH,
      hasBody: false,
      isHttp10: false,
      early: undefined,
    };
    this.client = new H1Client({ ...request, ...given }, this.#response, this);
  }

  /** Sends a piece of the body; what comes while paused is held, as the runtime does. */
  send(piece: string, isLast = false): void {
    const bytes = Buffer.from(piece, "latin1");
    if (this.#paused) this.#held.push(bytes);
    else this.#response.ondata?.(bytes, isLast, 0);
  }

  /** Takes all that it was sent. */
  take(): void {
    this.unsentBytes = 0;
    this.#response.onwritable?.();
  }

  end(): void {
    this.#response.ondata?.(undefined, true, 0);
  }

  leave(): void {
    this.client.leave();
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  endsNext(): boolean {
    return this.isEnding;
  }

  onAnswered(_client: H1Client, close: boolean): void {
    this.acts.push(close ? "answered, close" : "answered");
  }

  openTunnel(_client: H1Client, _head: string, _listener: TunnelListener): ClientTunnel {
    throw new Error("no tunnel here");
  }

  setTrailers(): void {}

  sendFile(): undefined {}

  cut(): void {
    this.acts.push("cut");
  }

  guarded(act: () => void): void {
    act();
  }

  #makeResponse(fields: string[]): NativeResponse {
    const answer = (status: number, reason: string, given: readonly string[], body?: Uint8Array | string) => {
      const text = body === undefined ? undefined : Buffer.from(body as string).toString("latin1");
      this.sent.push({ status, reason, fields: given, body: text });
      this.watch.tell();
    };
    const unsent = () => this.unsentBytes;
    const response: Partial<NativeResponse> = {
      get bufferedAmount() {
        return unsent();
      },
      takeRawHeaders: () => fields,
      writeHead: (status, reason, given) => answer(status, reason, given),
      writeHeadAndEnd: (status, reason, given, body) => {
        answer(status, reason, given, body);
        return 0;
      },
      flushHeaders: () => {},
      write: () => 0,
      end: () => 0,
      writeContinue: () => void this.acts.push("continue"),
      pause: () => {
        this.#paused = true;
        return true;
      },
      resume: () => {
        this.#paused = false;
        const held = this.#held.splice(0);
        return held.length > 0 ? Buffer.concat(held) : true;
      },
    };
    return response as NativeResponse;
  }
}

/** Notes how visits end, and takes no mistake. */
export class Ends implements VisitOwner {
  readonly all: { visit: Visit; ending: Ending }[] = [];
  readonly watch = new Watch();

  onEnd(visit: Visit, ending: Ending): void {
    this.all.push({ visit, ending });
    this.watch.tell();
  }

  onBug(error: Error): never {
    throw error;
  }

  /** Of each visit that has ended, in order: how, or with which cause. */
  get kinds(): string[] {
    return this.all.map(({ ending }) => (ending.kind === "refused" ? ending.error.cause_ : ending.kind));
  }
}

/** Has visits, and does nothing with them. */
export const idleHolder = (): Holder => ({ take() {}, letGo() {}, onDue() {} });

/** The visit of a client that arrived at this instant. */
export function visitOf(
  client: Client,
  arrivedAt = 0,
  id = "visit-1",
  owner: VisitOwner = new Ends(),
): Visit {
  return new Visit(id, client, arrivedAt, owner);
}

/** A visit of no particular client. */
export function anyVisit(arrivedAt = 0, id = "visit-1", owner: VisitOwner = new Ends()): Visit {
  return visitOf(new FakeClient().client, arrivedAt, id, owner);
}
