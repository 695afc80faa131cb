// A client of no protocol: what is done to it is written down, and a test says what it does.
import type {
  BodyReceiver,
  Client,
  ClientListener,
  ClientTunnel,
  TunnelListener,
} from "../../src/front/door/client.ts";

export class PlainClient implements Client {
  method = "GET";
  readonly protocol = "HTTP/1.1";
  target = "/";
  fields: readonly string[] = ["Host", "a"];
  readonly peer = { address: "192.0.2.7", port: 4711, local: undefined, scheme: "http" } as const;
  readonly malformed = undefined;
  readonly mayOmitHost = false;
  hasBody = false;
  sentLength = false;
  wantsWebSocket = false;
  readonly takesInterim = true;
  takesTrailers = true;
  isBodyComplete = true;
  listener: ClientListener | undefined;
  isAnswered = false;
  isTaking = false;
  /** What was done to it, in order. */
  readonly acts: string[] = [];
  /** Fields of its answer. */
  answerFields: readonly string[] = [];
  /** It takes no more for now. */
  isFull = false;
  /** It has left without a word: a switch finds nobody. */
  hasLeft = false;
  /** It has taken some of what is here since the last look. */
  takesSome = false;
  tunnel: TunnelListener | undefined;
  #receiver: BodyReceiver | undefined;

  constructor(given: Partial<Pick<PlainClient, Given>> = {}) {
    Object.assign(this, given);
    if (this.hasBody) this.isBodyComplete = false;
  }

  // ---- what the test does ---------------------------------------------------------------------------------

  send(piece: string, isLast = false): void {
    this.isBodyComplete = isLast;
    this.#receiver?.onPiece(Buffer.from(piece, "latin1"));
    if (isLast) this.#receiver?.onBodyEnd();
  }

  // ---- what the front does --------------------------------------------------------------------------------

  receiveBody(receiver: BodyReceiver): void {
    this.#receiver = receiver;
  }

  pauseBody(): void {
    this.acts.push("pause");
  }

  resumeBody(): void {
    this.acts.push("resume");
  }

  sendContinue(): void {
    this.acts.push("continue");
  }

  refuseMore(): void {
    this.acts.push("refuse more");
  }

  sendInterim(status: number): void {
    this.acts.push(`interim ${status}`);
  }

  answer(status: number, reason: string, fields: readonly string[], body: Uint8Array | string): void {
    this.#begin(fields);
    this.acts.push(`answer ${status} ${reason}: ${Buffer.from(body as string).toString("latin1")}`);
  }

  answerBodiless(status: number, _reason: string, fields: readonly string[], length?: number): void {
    this.#begin(fields);
    this.acts.push(`answer ${status} without a body${length === undefined ? "" : `, of ${length}`}`);
  }

  sendHead(status: number, _reason: string, fields: readonly string[], length?: number): void {
    this.#begin(fields);
    this.acts.push(`head ${status}${length === undefined ? "" : `, ${length} bytes to come`}`);
  }

  write(piece: Uint8Array): boolean {
    this.acts.push(`piece ${Buffer.from(piece).toString("latin1")}`);
    return !this.isFull;
  }

  end(trailers?: readonly string[]): void {
    this.acts.push(trailers ? `end, ${trailers.join(" ")}` : "end");
  }

  openTunnel(_reason: string, fields: readonly string[], listener: TunnelListener): ClientTunnel | undefined {
    if (this.hasLeft) return undefined;
    this.#begin(fields);
    this.tunnel = listener;
    this.acts.push("switch");
    return {
      write: (bytes) => this.write(bytes),
      pause: () => this.pauseBody(),
      resume: () => this.resumeBody(),
      end: () => this.acts.push("close"),
    };
  }

  cut(): void {
    this.acts.push("cut");
  }

  hasTakenSome(): boolean {
    const took = this.takesSome;
    this.takesSome = false;
    return took;
  }

  whenSettled(act: () => void): void {
    act();
  }

  #begin(fields: readonly string[]): void {
    this.isAnswered = true;
    this.answerFields = fields;
  }
}

type Given =
  | "method"
  | "target"
  | "fields"
  | "hasBody"
  | "sentLength"
  | "wantsWebSocket"
  | "takesTrailers"
  | "isFull"
  | "hasLeft";
