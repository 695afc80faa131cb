// Listeners of the app that take no HTTP requests from gw: of node:net, Bun.listen and node:http2, and those of its
// threads. On most ports they are the app's own affair; on the port of gw's clients, or where there is no other listener,
// the app's author is told why no request would come.

import type { Server as NetServer } from "node:net";
import { GwError } from "../../core/errors.ts";
import { known } from "../../os/operating-system.ts";
import { os } from "../../os/os.ts";
import type { ServeOptions } from "../app/recognize-app.ts";
import { socketAddress } from "../serve/adapt-fetch.ts";
import { type Address, describeAddress, portOf } from "./address.ts";
import { isHttp2 } from "./http2-servers.ts";

type How = "for raw connections" | "with node:http2 alone" | "in a thread of its own";
type Diverted = { address: Address; how: How; isOpen(): boolean };

export type RawListensOptions = {
  publicPort: number;
  hidden(): ServeOptions;
  /** The public port when a thread has tried to listen there; else 0. */
  threadPort(): number;
  /** Whether the app has started a cluster of its own. */
  hasCluster(): boolean;
  /** The server of node:net that is listening just now. */
  current(): NetServer | undefined;
};

/** A thread or a cluster may be there for the app's own ends while the app reaches its database. */
const SECONDS_BEFORE_OTHERS = 5;

export class RawListens {
  readonly #options: RawListensOptions;
  readonly #diverted: Diverted[] = [];
  readonly #http2 = new Set<NetServer>();
  /** Of this thread. */
  readonly #ports = new Set<number>();

  constructor(options: RawListensOptions) {
    this.#options = options;
  }

  /** A server of node:net, or of node:http2, is about to listen. */
  note(server: NetServer): void {
    if (isHttp2(server)) this.#http2.add(server);
  }

  opened(listener: unknown): void {
    this.#ports.add(portOf((listener as { port?: unknown }).port));
  }

  /** Where a listener on the port of gw's clients is opened instead. */
  divert(address: Address): ServeOptions | undefined {
    const { publicPort, hidden, current } = this.#options;
    if (address.port === 0 || address.port !== publicPort) return undefined;
    const server = current();
    if (server) {
      const told = socketAddress({ host: address.host || "::", port: address.port });
      server.address = () => (server.listening ? told : null);
      const how = isHttp2(server) ? "with node:http2 alone" : "for raw connections";
      this.#diverted.push({ address, how, isOpen: () => server.listening });
    }
    return hidden();
  }

  /** What stands where gw's clients are to be, and is no HTTP/1.1. */
  inTheWay(): GwError | undefined {
    const found = this.#diverted.find(({ isOpen }) => isOpen());
    if (found) return unfit(found.address, found.how);
    const port = this.#options.threadPort();
    return port === 0 ? undefined : unfit({ port, host: "", unix: undefined }, "in a thread of its own");
  }

  /** For an app without a listener for HTTP: the one that must be meant. `seconds`: how long there was none. */
  meant(seconds: number): GwError | undefined {
    const server = [...this.#http2].find(({ listening }) => listening);
    if (server) return unfit(addressOfServer(server), "with node:http2 alone");
    return this.inTheWay() ?? (seconds < SECONDS_BEFORE_OTHERS ? undefined : this.#meantElsewhere());
  }

  #meantElsewhere(): GwError | undefined {
    if (this.#options.hasCluster()) return new GwError("app_in_cluster");
    const port = known(os.ownPorts())?.find((each) => !this.#ports.has(each));
    return port === undefined
      ? undefined
      : unfit({ port, host: "", unix: undefined }, "in a thread of its own");
  }
}

function unfit(address: Address, how: How): GwError {
  return new GwError("app_listener_unfit", { where: describeAddress(address), how });
}

function addressOfServer(server: NetServer): Address {
  const address = server.address();
  if (address === null || typeof address === "string")
    return { port: 0, host: "", unix: address ?? undefined };
  return { port: address.port, host: "", unix: undefined };
}
