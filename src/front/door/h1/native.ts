// The shape of what Bun.serve hands to its `onNodeHTTPRequest` option, as far as gw uses it. It is the door through
// which node:http itself is built on Bun.serve: it gives the target, the fields and the framing as they were sent,
// which `fetch(request)` does not. It is not documented, so the pinned Bun is probed in test/bun/native-http.test.ts.

/** Bits of the third argument after the method. */
export const WANTS_CLOSE = 1;
export const CONNECTION_UPGRADE = 2;
export const HAS_UPGRADE = 4;
export const HAS_LENGTH = 64;
export const HAS_TRANSFER_ENCODING = 128;

/** A pair among the fields of a response: there is no body, and no framing is to be made up for one. */
const BODILESS: readonly string[] = ["\0", "2"];

/** What says how long a body is that does not come along, or is to come. */
export const lengthField = (length: number | undefined): readonly string[] =>
  length === undefined ? BODILESS : ["Content-Length", String(length)];

/** The response of one request. Calls throw once it has ended or its socket is gone. */
export interface NativeResponse {
  /** `aborted` 1: the client left before the end of its body. */
  ondata: ((piece: Uint8Array | undefined, isLast: boolean, aborted: number) => void) | undefined;
  /** Nothing is left that the kernel has not taken; also after the end. */
  onwritable: (() => void) | undefined;
  /**
   * Flat [name, value …] in the spelling and order of the wire, Latin-1; undefined without any field. Only while the
   * request is dispatched.
   */
  takeRawHeaders(): string[] | undefined;
  writeHead(status: number, reason: string, fields: readonly string[]): void;
  /** Also sends the body and, without framing among the fields, its Content-Length. */
  writeHeadAndEnd(
    status: number,
    reason: string,
    fields: readonly string[],
    body?: Uint8Array | string,
  ): number;
  flushHeaders(): void;
  /** Negative when the client does not keep up; what was given is kept and sent all the same. */
  write(piece: Uint8Array): number;
  end(): number;
  /** Bytes that the kernel has not taken yet; also after the end, until the connection's next request. */
  readonly bufferedAmount: number;
  writeContinue(): void;
  /** Sends a whole interim answer, its empty line included; the response itself is still to come. */
  writeInformational(text: string, encoding: "latin1"): void;
  /** Stops reading from the client; what had been read meanwhile is returned by `resume`. */
  pause(): boolean;
  resume(): Uint8Array | boolean;
}

/** The client's connection. */
export interface NativeSocket {
  /** Which of the listener's addresses the client has reached. */
  readonly localAddress: { address: string; port: number; family: string } | undefined;
  readonly remoteAddress: { address: string; port: number; family: string } | undefined;
  readonly closed: boolean;
  /** Once tunnelled: bytes of the client; `isLast` with its FIN. */
  ondata: ((piece: Uint8Array, isLast: boolean) => void) | undefined;
  ondrain: (() => void) | undefined;
  onclose: (() => void) | undefined;
  close(): void;
  /** Not where a head has begun. */
  closeIfIdle(): void;
  closeWhenDrained(): void;
  /**
   * Closes this end, and what the client sends is still read; but where bytes are left that the kernel has not taken,
   * both ends are closed after them, with a reset for a client that still sends.
   */
  end(): void;
  readStop(): void;
  readStart(): void;
  /** Lines that follow the last chunk of the response that is ended next. */
  setResponseTrailers(lines: string): void;
  /** Takes the connection out of HTTP, and with it the response. */
  upgradeToTunnel(hasBody: boolean, response: NativeResponse): void;
  /** Once tunnelled. False when the client does not keep up; what was given is kept and sent all the same. */
  write(piece: Uint8Array | string, encoding?: "latin1"): boolean;
  /** Gives the connection to a response that was dispatched while an earlier one was unfinished. */
  startPipelinedResponse(response: NativeResponse, isHttp10: boolean, wantsClose: boolean): boolean;
}

export type NativeDispatch = (
  server: unknown,
  target: string,
  method: string | undefined,
  bits: number,
  response: NativeResponse,
  hasBody: boolean,
  socket: NativeSocket,
  isSocketNew: boolean,
  nodeSocket: object,
  isHttp10: boolean,
  /** What came in one read with the head of an upgrade request; it comes again before the next bytes, where the connection is taken out of HTTP later. */
  early: Uint8Array | undefined,
  isPipelined: boolean,
) => void;
