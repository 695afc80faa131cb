// The way of a client of gw check-reload over HTTP/2: one stream after the other, on connections that it shares with other
// clients or on one of its own for each request.
import { reasonOf } from "../../core/errors.ts";
import type { CarrierListener, Exchange, ExchangeFailure } from "../../upstream/exchange.ts";
import { type Dial, SESSION_HANDLERS, Sessions } from "../../upstream/h2/sessions.ts";
import type { Stream } from "../../upstream/h2/stream.ts";
import type { RequestHead } from "../../upstream/request-head.ts";
import type { ResponseHead } from "../../upstream/response-head.ts";
import {
  HEADER_LINE_BYTES,
  type LoadAnswer,
  type LoadClient,
  type LoadWay,
  loadAnswerOf,
  type TcpTarget,
} from "./check-reload-client.ts";

/** As ALPN has it on the wire (RFC 7301 section 3.1). */
const ALPN_HTTP2 = "\x02h2";

/** Connections of HTTP/2 over TLS; the server is this machine's own, so that its certificate proves nothing. */
export const openSessions = (target: TcpTarget): Sessions =>
  new Sessions(overTls(target), HEADER_LINE_BYTES, { onLarge() {}, onBug: reportError });

const overTls =
  ({ hostname, port }: TcpTarget): Dial =>
  (session) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = {
      ...SESSION_HANDLERS,
      // What is written before the handshake is over would be lost.
      open() {},
      handshake(socket: Bun.Socket<typeof session> & { alpnProtocol?: unknown }) {
        if (socket.alpnProtocol !== "h2") {
          reject(new Error("HTTP/2 was not agreed on"));
          return socket.terminate();
        }
        session.attach(socket);
        resolve();
      },
      close(socket: Bun.Socket<typeof session>) {
        reject(new Error("the connection was closed in its handshake"));
        SESSION_HANDLERS.close(socket);
      },
    };
    const tls = { rejectUnauthorized: false, ALPNProtocols: ALPN_HTTP2 };
    Bun.connect({ hostname, port, data: session, tls, socket }).catch(reject);
    return promise;
  };

export class LoadStreams implements LoadWay, Exchange, CarrierListener<Stream> {
  readonly method = "GET";
  readonly maySwitch = false;
  readonly #client: LoadClient;
  readonly #head: RequestHead;
  readonly #sessions: Sessions;
  /** The connections are its own, and end with it. */
  readonly #areOwn: boolean;
  #stream: Stream | undefined;
  #answer: LoadAnswer | undefined;
  #isWhole = false;
  isWanted = false;

  /** Begins at once. `shared`: connections of several clients; else it opens one of its own. */
  constructor(client: LoadClient, head: RequestHead, target: TcpTarget, shared: Sessions | undefined) {
    this.#client = client;
    this.#head = head;
    this.#areOwn = shared === undefined;
    this.#sessions = shared ?? openSessions(target);
    this.begin();
  }

  begin(): void {
    this.isWanted = true;
    this.#isWhole = false;
    this.#answer = undefined;
    const stream = this.#sessions.take();
    if (stream) this.onOpened(stream);
    else this.#sessions.open(this);
  }

  leave(): void {
    this.isWanted = false;
    this.#stream?.destroy();
    this.#stream = undefined;
    if (this.#areOwn) this.#sessions.close();
  }

  onOpened(stream: Stream): void {
    this.#stream = stream;
    stream.begin(this, this.#head, undefined, true);
  }

  onRefused(reason: string): void {
    this.isWanted = false;
    this.#client.failed(/refused/i.test(reason) ? "refused" : "unconnected", reason);
  }

  onHead({ status, fields }: ResponseHead): void {
    this.#answer = loadAnswerOf(status, fields);
  }

  onBody(): void {}

  onEnd(): void {
    this.#isWhole = true;
  }

  onRead(): void {
    if (!this.#isWhole || !this.#answer) return;
    this.isWanted = false;
    this.#stream = undefined;
    this.#client.concluded(this.#answer, true);
  }

  onDrain(): void {}

  onFailure(failure: ExchangeFailure): void {
    this.isWanted = false;
    this.#stream = undefined;
    if (failure.kind === "bug") return this.#client.failed("malformed", reasonOf(failure.thrown));
    if (failure.kind !== "lost") return this.#client.failed("malformed", reasonOf(failure.reason));
    // Not one byte of the request could be on its way.
    if (!failure.sent) return this.#client.closedUnasked();
    if (failure.answered) this.#client.failed("cut", "in the middle of the answer");
    else this.#client.failed("closed", "before a byte of the answer");
  }
}
