// A server opened through the door that node:http uses, as src/front/door/h1/engine.ts opens it, with nothing of gw in between:
// what comes through is collected for the probes. No probe lives here.
import { createServer, type Server, type ServerOptions } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { NativeDispatch, NativeResponse, NativeSocket } from "../../src/front/door/h1/native.ts";
import { connectRaw, type RawClient } from "../support/raw-http.ts";

/** One dispatched request. `fields` is taken on the stack of the dispatch, as gw does. */
export type Arrival = {
  method: string | undefined;
  target: string;
  bits: number;
  hasBody: boolean;
  isHttp10: boolean;
  isPipelined: boolean;
  fields: string[] | undefined;
  /** What came behind the head of an upgrade request. */
  early: Uint8Array | undefined;
  response: NativeResponse;
  socket: NativeSocket;
  nodeSocket: Socket;
};

/** What `clientError` told. */
export type Refused = { code: string; rawPacket: string };

export type Door = {
  port: number;
  server: Server;
  /** The options that node:http gave to Bun.serve. */
  asked: Record<string, unknown>;
  arrivals: Arrival[];
  refused: Refused[];
  /** The sockets of the `connection` event. */
  connections: Socket[];
  /** Waits for the request with this number, counted from 0. */
  arrival(index: number): Promise<Arrival>;
  connect(): Promise<RawClient>;
  [Symbol.dispose](): void;
};

export type DoorOptions = {
  server?: ServerOptions;
  /** Runs on the stack of the dispatch. */
  onArrival?: (arrival: Arrival) => void;
  /** What a refused client gets; it is closed without a word by default. */
  refusal?: string;
};

/** A request whose Host is `h`; `fields` are whole lines with their ends. */
export const request = (line: string, fields = "", body = "") =>
  `${line} HTTP/1.1\r\nHost: h\r\n${fields}\r\n${body}`;

/** Answers at once with the request's target. */
export const echo = ({ response, target }: Arrival) => {
  response.writeHeadAndEnd(200, "OK", [], target);
};

export async function openDoor({ server: given = {}, onArrival, refusal }: DoorOptions = {}): Promise<Door> {
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 0, ...given });
  const watchers = new Set<() => void>();
  const door: Door = {
    port: 0,
    server,
    asked: {},
    arrivals: [],
    refused: [],
    connections: [],
    arrival: (index) =>
      new Promise((resolve) => {
        const look = () => {
          const found = door.arrivals[index];
          if (found && watchers.delete(look)) resolve(found);
        };
        watchers.add(look);
        look();
      }),
    connect: () => connectRaw({ port: door.port }),
    [Symbol.dispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
  server.on("connection", (socket) => door.connections.push(socket));
  server.on("clientError", (error: Error & { code?: string; rawPacket?: Buffer }, socket) => {
    door.refused.push({ code: error.code ?? "", rawPacket: error.rawPacket?.toString("latin1") ?? "" });
    if (refusal === undefined) socket.destroy();
    else socket.end(refusal);
  });
  const dispatch = dispatchTo((arrival) => {
    door.arrivals.push(arrival);
    onArrival?.(arrival);
    for (const look of [...watchers]) look();
  });
  door.port = await listen(server, dispatch, door);
  return door;
}

async function listen(server: Server, dispatch: NativeDispatch, door: Door): Promise<number> {
  const listening = Promise.withResolvers<void>();
  server.once("error", listening.reject);
  const serve = Bun.serve;
  try {
    Bun.serve = ((asked: object) => {
      door.asked = { ...asked };
      return serve({ ...asked, onNodeHTTPRequest: dispatch } as never);
    }) as typeof Bun.serve;
    server.listen(0, "127.0.0.1", listening.resolve);
  } finally {
    Bun.serve = serve;
  }
  await listening.promise;
  return (server.address() as AddressInfo).port;
}

function dispatchTo(onArrival: (arrival: Arrival) => void): NativeDispatch {
  return (...args) => {
    const [, target, method, bits, response, hasBody, socket, , nodeSocket, isHttp10, early, isPipelined] =
      args;
    const fields = response.takeRawHeaders();
    onArrival({
      method,
      target,
      bits,
      hasBody,
      isHttp10,
      isPipelined,
      fields,
      early,
      response,
      socket,
      nodeSocket: nodeSocket as Socket,
    });
  };
}
