// A listener of which nobody can tell yet whether it is the app. It is open where nobody looks for it, so that the program
// has its server and goes on; when the choice has been made it is moved to where it belongs.

import type { Server } from "node:http";
import type { PublicAddress } from "../../link/setups.ts";
import type { ServeOptions } from "../app/recognize-app.ts";
import { type BunServer, override, publicUrl, socketAddress } from "../serve/adapt-fetch.ts";
import type { ListenCall, Serve } from "../serve/binding.ts";
import type { Address } from "./address.ts";
import type { NodeListen, NodeListens } from "./node-listens.ts";
import { ServerFace } from "./server-face.ts";

export type Open = (listening: ListenCall) => BunServer;

export type HoldOptions = {
  asked: ServeOptions;
  address: Address;
  node: NodeListen | undefined;
  nodes: NodeListens;
  serve: Serve;
  /** Options that lead away from everybody; undefined where it may be open at once where it asked to be. */
  hidden: ServeOptions | undefined;
  /** What the program is told meanwhile of where it listens. */
  shown(): PublicAddress;
};

export interface HeldListener {
  readonly address: Address;
  /** What the program gets of Bun.serve. */
  readonly server: BunServer;
  /** The program has closed it. */
  readonly isClosed: boolean;
  /** Whether it is already where it asked to be. */
  readonly isThere: boolean;
  /** `open` opens it where it belongs, and may throw. Returns what is called when the program closes it. */
  moveTo(open: Open): BunServer;
  /** Whether it keeps the process alive by itself. */
  keepAlive(keeps: boolean): void;
}

/** What the server that is listened for by node calls back through. */
export type Moving = { server: Server; open: Open } | undefined;

export function hold(options: HoldOptions, setMoving: (moving: Moving) => void): HeldListener {
  return options.node ? holdNode(options, options.node, setMoving) : holdPlain(options);
}

function holdPlain({ asked, address, serve, hidden, shown }: HoldOptions): HeldListener {
  const names = {
    hostname: () => shown().host,
    port: () => shown().port,
    url: () => publicUrl(shown()),
    address: () => socketAddress(shown()),
  };
  const first = serve(hidden ? override(asked, hidden) : asked);
  const face = new ServerFace(first, hidden ? names : {});
  const isThere = hidden === undefined;
  return {
    address,
    server: face.face,
    isThere,
    get isClosed() {
      return face.isStopped;
    },
    moveTo(open) {
      face.moveTo(open({ asked: face.dress(asked), node: undefined }));
      return face.face;
    },
    keepAlive: (keeps) => face.keepAlive(keeps),
  };
}

function holdNode(
  { asked, address, nodes, serve, hidden, shown }: HoldOptions,
  node: NodeListen,
  setMoving: (moving: Moving) => void,
): HeldListener {
  const { server } = node;
  const first = serve(hidden ? override(asked, hidden) : asked);
  const told = () => socketAddress(shown());
  if (hidden) server.address = told;
  return {
    address,
    server: first,
    isThere: hidden === undefined,
    get isClosed() {
      return !server.listening;
    },
    moveTo(open) {
      if (server.address === told) Reflect.deleteProperty(server, "address");
      let moved = first;
      const openMoved: Open = (listening) => {
        moved = open(listening);
        return moved;
      };
      setMoving({ server, open: openMoved });
      try {
        nodes.again(node);
      } finally {
        setMoving(undefined);
      }
      return moved;
    },
    keepAlive: (keeps) => void (keeps ? first.ref() : first.unref()),
  };
}
