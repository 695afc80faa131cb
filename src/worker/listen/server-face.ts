// The server object that a program holds, when what stands behind it is to be exchanged: a program gets it from
// Bun.serve at once, and only later it is known where the listener belongs. Whatever the program calls, reads or has set
// goes to the server that stands behind it at that moment, and each handler is given this object for its server.

import type { ServeOptions } from "../app/recognize-app.ts";
import { type BunServer, override, wrapHandlers } from "../serve/adapt-fetch.ts";

/** What is told instead of what the server behind says of itself. */
export type ShownMembers = Readonly<Record<string, () => unknown>>;

export class ServerFace {
  /** What the program holds: the first server itself, so that the runtime knows it for one of its own. */
  readonly face: BunServer;
  #behind: { server: BunServer; shown: ShownMembers };
  #isReferenced = true;
  /** All that reloads have changed before the first move: what stands behind then must have it, too. */
  #reloaded: ServeOptions | undefined;
  isStopped = false;

  /** `shown` holds until the first move. */
  constructor(first: BunServer, shown: ShownMembers) {
    this.face = first;
    this.#behind = { server: first, shown };
    const prototype = Object.getPrototypeOf(first) as object;
    for (const name of Reflect.ownKeys(prototype)) {
      const value = name === "constructor" ? undefined : Object.getOwnPropertyDescriptor(prototype, name);
      if (value) this.#forward(name, typeof value.value === "function");
    }
  }

  /** Options whose handlers are told that this is their server. */
  dress(options: ServeOptions): ServeOptions {
    const { face } = this;
    const changes = wrapHandlers(options, (handler) => {
      return function (this: unknown, request, server) {
        const self = this === server ? face : this;
        return handler.call(self, request, face);
      };
    });
    return override(options, changes);
  }

  /** The server that stood there before is closed; nothing of a client is on it. */
  moveTo(server: BunServer): void {
    const { server: former } = this.#behind;
    this.#behind = { server, shown: {} };
    if (this.#reloaded) (server as unknown as Reloading).reload(this.#reloaded);
    this.#reloaded = undefined;
    if (!this.#isReferenced) server.unref();
    void plain(former, "stop").call(former, true);
  }

  /** Whether the server behind keeps the process alive; what the program has said of that holds in the end. */
  keepAlive(keeps: boolean): void {
    const { server } = this.#behind;
    plain(server, keeps && this.#isReferenced ? "ref" : "unref").call(server);
  }

  #forward(name: string | symbol, isMethod: boolean): void {
    const read = (): unknown => {
      const { server, shown } = this.#behind;
      const told = typeof name === "string" ? shown[name] : undefined;
      if (told) return told();
      return server === this.face
        ? Reflect.get(Object.getPrototypeOf(server), name, server)
        : Reflect.get(server, name);
    };
    let value: unknown = isMethod && ((...args: never[]) => this.#call(name, read(), args));
    Object.defineProperty(this.face, name, {
      configurable: true,
      get: () => (isMethod ? value : read()),
      set: (given: unknown) => {
        value = given;
      },
    });
  }

  #call(name: string | symbol, method: unknown, args: never[]): unknown {
    if (name === "stop") this.isStopped = true;
    if (name === "ref" || name === "unref") this.#isReferenced = name === "ref";
    const { server } = this.#behind;
    const [options] = args as unknown[];
    const isReload = name === "reload" && typeof options === "object" && options !== null;
    const given = isReload ? [this.dress(options as ServeOptions)] : args;
    const result = (method as (...args: unknown[]) => unknown).apply(server, given);
    if (isReload && server === this.face) this.#keepReload(given[0] as ServeOptions);
    return result === server ? this.face : result;
  }

  /** The later one counts, and what it does not name stays. */
  #keepReload(options: ServeOptions): void {
    this.#reloaded = this.#reloaded ? override(this.#reloaded, options) : options;
  }
}

type Reloading = { reload(options: ServeOptions): unknown };
type Method = (this: BunServer, ...args: unknown[]) => unknown;

/** The runtime's own method, whatever stands before it on the object. */
const plain = (server: BunServer, name: "stop" | "ref" | "unref"): Method =>
  Reflect.get(Object.getPrototypeOf(server), name, server) as Method;
