// Keeps its clients in memory, as socket.io does by default: all requests of one must reach the same process.
import { createServer } from "node:http";
import { Server } from "socket.io";

const server = createServer((_request, response) => response.end(String(process.pid)));
const io = new Server(server);
io.on("connection", (socket) => {
  socket.emit("pid", process.pid);
  socket.on("echo", (text: string, answer: (text: string) => void) => answer(`${process.pid} ${text}`));
});
server.listen(process.env.PORT);
