// A fetch app whose WebSockets say goodbye when the drain of their worker begins.
import type { Server } from "bun";
import { on } from "gw";

export default {
  fetch(request: Request, server: Server<undefined>): Response | undefined {
    return server.upgrade(request) ? undefined : new Response("plain\n");
  },
  websocket: {
    open(socket: Bun.ServerWebSocket<undefined>) {
      on("drain", ({ reason }) => socket.close(4002, reason));
    },
    message() {},
  },
};
