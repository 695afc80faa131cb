// A worker that is no server: it records the exact bytes that the front sends, and answers with the exact bytes that
// the test gives it, when the test says so. It lives in the test's own process, on a UNIX socket of its own. With `http2` it takes
// that as well, and shows each stream as if it were a connection.
import { join } from "node:path";
import type { Socket } from "bun";
import { decodeVisit, type VisitFacts } from "../../src/http/reserved.ts";
import type { Backend } from "../../src/link/messages.ts";
import { RequestReader, type RequestSink, type SeenHead } from "./request-reader.ts";
import { PREFACE, ScriptedSession, type ScriptedStream } from "./scripted-http2.ts";
import { makeTempDir } from "./temp-dir.ts";
import { Watch } from "./watch.ts";

export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const OK_HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
export const TOKEN = "token-of-this-test";

export type ScriptedOptions = {
  slot?: number;
  capacity?: number;
  /** What to answer when a request is complete; undefined leaves the answer to the test. */
  answer?: (request: SeenRequest) => string | undefined;
  /** False: bytes of the front are left in the socket until `resume`. */
  isReading?: boolean;
  /** False: bodies are counted and forgotten. */
  isRecording?: boolean;
  /** False: nothing listens until `listen` is called. */
  isListening?: boolean;
  /** True: it tells fronts that it takes HTTP/2. */
  http2?: boolean;
};

/** The default answer: 200 with a body of two bytes. */
export const okAnswer = (request: SeenRequest) => (request.method === "HEAD" ? OK_HEAD : OK);

type Held = Socket<Connection>;

export class ScriptedWorker implements Disposable {
  readonly path: string;
  readonly requests: SeenRequest[] = [];
  readonly watch = new Watch();
  readonly options: ScriptedOptions;
  readonly #temp = makeTempDir();
  readonly #connections: Connection[] = [];
  #listener: Bun.UnixSocketListener<Connection> | undefined;
  #taken = 0;

  constructor(options: ScriptedOptions = {}) {
    this.options = options;
    this.path = join(this.#temp.path, "w.sock");
    if (options.isListening !== false) this.listen();
  }

  listen(): void {
    this.#listener = Bun.listen<Connection>({
      unix: this.path,
      socket: {
        open: (socket) => this.#accept(socket),
        data: (socket, bytes) => socket.data.onBytes(bytes),
        drain: (socket) => socket.data.onDrain(),
        close: (socket) => socket.data.onClosed(),
        error: (socket) => socket.data.onClosed(),
      },
    });
  }

  /** Accepts no more; connections stay. */
  stop(): void {
    this.#listener?.stop();
    this.#listener = undefined;
  }

  /** The worker as the supervisor would announce it. */
  backend(given: Partial<Backend> = {}): Backend {
    const { slot = 1, capacity = 100 } = this.options;
    const base = {
      slot,
      group: "default",
      // No process has such a one: what breaks off has died.
      pid: 5_000_000 + slot,
      generation: 1,
      token: TOKEN,
      capacity,
      accepting: true,
    };
    return { ...base, socket: this.path, ...(this.options.http2 && { http2: true }), ...given };
  }

  /** Connections ever accepted, and the ones open now. */
  get accepted(): number {
    return this.#connections.length;
  }

  get open(): number {
    return this.#connections.filter((connection) => !connection.isClosed).length;
  }

  get connections(): readonly Connection[] {
    return this.#connections;
  }

  /** The next request nobody has taken yet; its head is complete. */
  async next(): Promise<SeenRequest> {
    const at = this.#taken++;
    return this.watch.until(
      () => this.requests[at],
      () => `request ${at + 1} at the worker; it saw ${this.requests.length}`,
    );
  }

  until(isTrue: () => boolean, what: string, withinMs?: number): Promise<boolean> {
    return this.watch.until(isTrue, () => what, withinMs);
  }

  [Symbol.dispose](): void {
    this.#listener?.stop(true);
    for (const connection of this.#connections) connection.reset();
    this.#temp[Symbol.dispose]();
  }

  #accept(socket: Held): void {
    socket.data = new Connection(socket, this);
    this.#connections.push(socket.data);
    if (this.options.isReading === false) socket.pause();
    this.watch.tell();
  }
}

/** What carries one request: a connection, or a stream of one. */
export type Conversation = Connection | ScriptedStream;

export class Connection {
  /** Everything received, as Latin-1 text; empty when nothing is recorded. */
  text = "";
  receivedBytes = 0;
  isClosed = false;
  /** It has left HTTP: what comes is no request. */
  isSwitched = false;
  readonly #socket: Held;
  readonly #worker: ScriptedWorker;
  readonly #reader: RequestReader;
  #session: ScriptedSession | undefined;
  #onDrain: (() => void)[] = [];

  constructor(socket: Held, worker: ScriptedWorker) {
    this.#socket = socket;
    this.#worker = worker;
    this.#reader = new RequestReader(this.#sinkFor(this));
  }

  #sinkFor(conversation: Conversation): RequestSink {
    const worker = this.#worker;
    let current: SeenRequest | undefined;
    return {
      onHead(head) {
        current = new SeenRequest(head, conversation, worker);
        worker.requests.push(current);
      },
      onBody: (piece) => current?.onBody(piece, worker.options.isRecording !== false),
      onEnd: () => current?.onEnd(),
    };
  }

  onBytes(bytes: Buffer): void {
    if (
      this.#worker.options.http2 &&
      this.receivedBytes === 0 &&
      bytes.toString("latin1").startsWith(PREFACE)
    )
      this.#session = this.#openSession();
    this.receivedBytes += bytes.length;
    if (this.#session) return this.#session.push(bytes);
    if (this.#worker.options.isRecording !== false) this.text += bytes.toString("latin1");
    if (!this.isSwitched) this.#reader.push(bytes);
    this.#worker.watch.tell();
  }

  #openSession(): ScriptedSession {
    return new ScriptedSession({
      send: (bytes) => this.write(bytes),
      end: () => this.close(),
      terminate: () => this.reset(),
      onStream: (stream) => this.#sinkFor(stream),
      onChange: () => this.#worker.watch.tell(),
    });
  }

  onDrain(): void {
    for (const go of this.#onDrain.splice(0)) go();
  }

  onClosed(): void {
    this.isClosed = true;
    this.#session?.onClosed();
    this.onDrain();
    this.#worker.watch.tell();
  }

  /** Sends bytes, however long the front takes to read them; ends early when the front leaves. */
  async write(given: string | Uint8Array): Promise<void> {
    let rest: Uint8Array = typeof given === "string" ? Buffer.from(given, "latin1") : given;
    while (rest.length > 0 && !this.isClosed) {
      rest = rest.subarray(Math.max(this.#socket.write(rest), 0));
      if (rest.length > 0 && !this.isClosed) await new Promise<void>((go) => this.#onDrain.push(go));
    }
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection after what was written. */
  close(): void {
    this.#socket.end();
  }

  /** Ends the connection as a killed process does. */
  reset(): void {
    this.#socket.terminate();
  }
}

export class SeenRequest {
  readonly head: SeenHead;
  readonly connection: Conversation;
  /** Without framing, as Latin-1 text. */
  body = "";
  bodyBytes = 0;
  isComplete = false;
  readonly #worker: ScriptedWorker;

  constructor(head: SeenHead, connection: Conversation, worker: ScriptedWorker) {
    this.head = head;
    this.connection = connection;
    this.#worker = worker;
  }

  get method(): string {
    return this.head.lines[0]?.split(" ")[0] ?? "";
  }

  get target(): string {
    return this.head.lines[0]?.split(" ")[1] ?? "";
  }

  /** The lines of the head without the reserved one. */
  get lines(): string[] {
    return this.head.lines.filter((line) => !line.toLowerCase().startsWith("x-gw-visit:"));
  }

  /** What the reserved lines say, one entry for each. */
  get visits(): (VisitFacts | undefined)[] {
    return this.head.lines
      .filter((line) => line.toLowerCase().startsWith("x-gw-visit:"))
      .map((line) => decodeVisit(line.slice(line.indexOf(":") + 1).trim()));
  }

  onBody(piece: Buffer, isRecording: boolean): void {
    this.bodyBytes += piece.length;
    if (isRecording) this.body += piece.toString("latin1");
  }

  onEnd(): void {
    this.isComplete = true;
    const answer = this.#worker.options.answer?.(this);
    if (answer !== undefined) void this.answer(answer);
  }

  /** Waits until the whole request is here. */
  async whole(): Promise<this> {
    await this.#worker.watch.until(
      () => this.isComplete,
      () => `the end of the request; ${this.bodyBytes} bytes of body came`,
    );
    return this;
  }

  answer(bytes: string | Uint8Array): Promise<void> {
    this.connection.isSwitched ||= typeof bytes === "string" && bytes.startsWith("HTTP/1.1 101 ");
    return this.connection.write(bytes);
  }

  /** Waits until the front has closed the connection that this request came on. */
  async untilLeft(withinMs?: number): Promise<void> {
    await this.#worker.watch.until(
      () => this.connection.isClosed,
      () => "the front to close the connection",
      withinMs,
    );
  }
}
