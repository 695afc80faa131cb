// All servers that the app has opened, in that order: what runs on them, and how they are closed.
import type { BunServer } from "../serve/adapt-fetch.ts";

export class OpenServers {
  readonly #all: BunServer[] = [];
  readonly #stopped = new Set<BunServer>();

  add(server: BunServer): void {
    this.#all.push(server);
    const stop = server.stop.bind(server);
    server.stop = (...options) => {
      this.#stopped.add(server);
      // It has yet to call back whoever stops it, and keeps the process until then.
      server.ref();
      return stop(...options);
    };
  }

  hasStopped(server: BunServer): boolean {
    return this.#stopped.has(server);
  }

  /** Requests being answered. */
  get active(): number {
    return this.#all.reduce((sum, server) => sum + server.pendingRequests, 0);
  }

  stop(): void {
    for (const server of this.#all) void server.stop();
  }

  /** Those that nobody has stopped keep the process alive no more. */
  letGo(): void {
    for (const server of this.#all) if (!this.#stopped.has(server)) server.unref();
  }
}
