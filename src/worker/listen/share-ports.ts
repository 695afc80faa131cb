// Ports of an app beside the one that gw serves, as for metrics, mail or a debugger. Each worker opens them, and a new
// generation does before the old one has left: they are opened so that the workers of one user share them
// (SO_REUSEPORT). Whoever does not open them so still finds them taken, and is refused them.

import type { Environment } from "../../core/environment.ts";
import type { ServeOptions } from "../app/recognize-app.ts";
import { override } from "../serve/adapt-fetch.ts";
import { type Address, addressOf } from "./address.ts";

type Opener = (options: ServeOptions) => unknown;
/** Where Bun keeps its functions for opening sockets. */
export type Opening = { listen: unknown; udpSocket: unknown };

export type PortRules = {
  /** A listener for raw connections or datagrams is about to be opened. */
  onListen(address: Address): void;
  onOpened(opened: unknown): void;
  onRefused(address: Address, thrown: unknown): void;
  /**
   * For a listener on the port of gw's clients, of whom nothing of the app may get one: options that lead it to where
   * nobody is. Programs that only try whether a port is free are content with that.
   */
  divert(address: Address): ServeOptions | undefined;
};

/** What Bun's datagram sockets take for SO_REUSEPORT and for SO_REUSEADDR, beside `flags` of node's own. */
const UDP_REUSE_PORT = 4;
const UDP_REUSE_ADDRESS = 16;

/** A listener for HTTP as the program asked for it, shared where it has a port. */
export function shared(asked: ServeOptions, environment: Environment): ServeOptions {
  return addressOf(asked, environment).port === 0 ? asked : override(asked, { reusePort: true });
}

/** Replaces Bun.listen and Bun.udpSocket, in which node:net and node:dgram end as well. */
export function sharePorts(scope: Opening, rules: PortRules): void {
  const listen = scope.listen as Opener;
  const openUdp = scope.udpSocket as Opener;
  scope.listen = (options: ServeOptions): unknown => {
    if (options?.port === undefined || options.fd !== undefined) return listen(options);
    const address = addressOf(options, {});
    const diverted = rules.divert(address);
    if (diverted) return listen(override(options, diverted));
    const isShared = address.port !== 0 && options.exclusive !== true;
    return told(address, rules, () => listen(isShared ? override(options, { reusePort: true }) : options));
  };
  scope.udpSocket = (options: ServeOptions): unknown => {
    const address = addressOf({ ...options, port: options?.port ?? 0 }, {});
    const flags = Number(options?.flags ?? 0);
    if (address.port === 0 || (flags & UDP_REUSE_ADDRESS) !== 0) return openUdp(options);
    return told(address, rules, () => openUdp(override(options, { flags: flags | UDP_REUSE_PORT })));
  };
}

function told(address: Address, { onListen, onOpened, onRefused }: PortRules, open: () => unknown): unknown {
  onListen(address);
  try {
    const opened = open();
    onOpened(opened);
    if (opened instanceof Promise) opened.catch((thrown: unknown) => onRefused(address, thrown));
    return opened;
  } catch (thrown) {
    onRefused(address, thrown);
    throw thrown;
  }
}
