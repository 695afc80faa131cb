// A client that sends exactly the bytes it is given, over TCP or a UNIX socket, and collects what comes back.
// It knows nothing of HTTP: tests look at the bytes. Every wait is for a condition, with a bound that fails loudly.

/** `tls`: whatever certificate there is. */
export type RawTarget = { hostname?: string; port: number; tls?: boolean } | { unix: string } | string | URL;

export type RawClient = {
  /** Sends all bytes, however long the other side takes to read them. Resolves when the kernel has them. */
  send(bytes: string | Uint8Array): Promise<void>;
  /** Everything received so far, one character for one byte (Latin-1). */
  text(): string;
  bytes(): Uint8Array;
  /** Waits until the received text meets `condition`; returns all of it. */
  until(condition: RegExp | string | ((text: string) => boolean), withinMs?: number): Promise<string>;
  /** Waits until the other side has closed; returns all that was received. */
  untilClosed(withinMs?: number): Promise<string>;
  readonly isClosed: boolean;
  /** Stops and goes on reading, for tests of back-pressure. */
  pause(): void;
  resume(): void;
  /** Half-close: nothing more will be sent. */
  end(): void;
  /** Leaves without a word. */
  terminate(): void;
  [Symbol.dispose](): void;
};

const WITHIN_MS = 15_000;

/** Opens a connection. A string or URL names host and port: `http://127.0.0.1:8000/`. */
export async function connectRaw(target: RawTarget): Promise<RawClient> {
  const state = new Inbox();
  const where = addressOf(target);
  const isSecure = "port" in where && where.tls === true;
  const shaken = Promise.withResolvers<void>();
  const handlers: Bun.SocketHandler<undefined> = {
    ...(isSecure && { handshake: () => shaken.resolve() }),
    data: (_socket, data) => state.add(data),
    drain: () => state.drained(),
    close: () => state.close(),
    end: () => state.close(),
    error: () => state.close(),
  };
  const socket =
    "unix" in where
      ? await Bun.connect({ unix: where.unix, socket: handlers })
      : await Bun.connect({
          hostname: where.hostname ?? "127.0.0.1",
          port: where.port,
          allowHalfOpen: true,
          ...(isSecure && { tls: { rejectUnauthorized: false } }),
          socket: handlers,
        });
  if (isSecure) await shaken.promise;
  return clientOver(socket, state);
}

/** Sends `request` on a fresh connection and returns all bytes until the other side closes. */
export async function exchangeRaw(
  target: RawTarget,
  request: string | Uint8Array,
  withinMs = WITHIN_MS,
): Promise<string> {
  using client = await connectRaw(target);
  await client.send(request);
  return await client.untilClosed(withinMs);
}

function addressOf(target: RawTarget): Exclude<RawTarget, string | URL> {
  if (typeof target !== "string" && !(target instanceof URL)) return target;
  const url = new URL(target);
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  return { hostname, port: Number(url.port || 80) };
}

function clientOver(socket: Bun.Socket<undefined>, state: Inbox): RawClient {
  const client: RawClient = {
    async send(given) {
      let rest: Uint8Array = typeof given === "string" ? Buffer.from(given, "latin1") : given;
      while (rest.length > 0) {
        if (state.closed)
          throw new Error(`closed with ${rest.length} bytes unsent; received:\n${state.text()}`);
        const sent = socket.write(rest);
        if (sent < 0) throw new Error("the socket is closed");
        rest = rest.subarray(sent);
        if (rest.length > 0) await state.nextDrain();
      }
    },
    text: () => state.text(),
    bytes: () => state.bytes(),
    async until(condition, withinMs = WITHIN_MS) {
      const met = meets(condition);
      await state.wait(() => met(state.text()), withinMs, `until ${condition}`);
      return state.text();
    },
    async untilClosed(withinMs = WITHIN_MS) {
      await state.wait(() => state.closed, withinMs, "until closed");
      return state.text();
    },
    get isClosed() {
      return state.closed;
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => void socket.shutdown(),
    terminate: () => socket.terminate(),
    [Symbol.dispose]: () => socket.terminate(),
  };
  return client;
}

function meets(condition: RegExp | string | ((text: string) => boolean)): (text: string) => boolean {
  if (typeof condition === "function") return condition;
  return typeof condition === "string" ? (text) => text.includes(condition) : (text) => condition.test(text);
}

/** What came, and who waits for more. */
class Inbox {
  closed = false;
  #chunks: Uint8Array[] = [];
  #watchers = new Set<() => void>();
  #onDrain: (() => void)[] = [];

  add(data: Uint8Array): void {
    this.#chunks.push(new Uint8Array(data));
    this.#tell();
  }

  close(): void {
    this.closed = true;
    this.drained();
    this.#tell();
  }

  drained(): void {
    for (const go of this.#onDrain.splice(0)) go();
  }

  nextDrain(): Promise<void> {
    return this.closed ? Promise.resolve() : new Promise((resolve) => this.#onDrain.push(resolve));
  }

  bytes(): Uint8Array {
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }

  text(): string {
    return Buffer.from(this.bytes()).toString("latin1");
  }

  wait(isMet: () => boolean, withinMs: number, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (isMet()) finish(resolve);
        else if (this.closed)
          finish(() =>
            reject(new Error(`closed while waiting ${what}; received:\n${this.text().slice(0, 4000)}`)),
          );
      };
      // biome-ignore lint/plugin: the bound that fails loudly
      const timer = setTimeout(
        () =>
          finish(() =>
            reject(
              new Error(`waited ${withinMs} ms in vain ${what}; received:\n${this.text().slice(0, 4000)}`),
            ),
          ),
        withinMs,
      );
      const finish = (act: () => void) => {
        clearTimeout(timer);
        this.#watchers.delete(check);
        act();
      };
      this.#watchers.add(check);
      check();
    });
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}
