// A fetch app with WebSockets: greets with the client's address, echoes, closes or dies when told to.
import type { Server, ServerWebSocket } from "bun";

type Data = { address: string | undefined };

export default {
  fetch(request: Request, server: Server<Data>): Response | undefined {
    const data = { address: server.requestIP(request)?.address };
    return server.upgrade(request, { data }) ? undefined : new Response("plain\n");
  },
  websocket: {
    open: (socket: ServerWebSocket<Data>) => void socket.send(`hello ${socket.data.address}`),
    message(socket: ServerWebSocket<Data>, message: string | Buffer) {
      if (message === "close") socket.close(4001, "bye");
      else if (message === "pid") socket.send(`pid ${process.pid}`);
      else if (message === "die") process.kill(process.pid, "SIGKILL");
      else socket.send(message);
    },
    close: (_socket: ServerWebSocket<Data>, code: number) => console.log(`app: closed ${code}`),
  },
};
