import { createServer } from "node:http";
import express from "express";
import { Server } from "socket.io";

const app = express();
const server = createServer(app);
const io = new Server(server);

app.get("/", (_req, res) => {
  res.send('<script src="/socket.io/socket.io.js"></script>');
});

io.on("connection", (socket) => {
  socket.on("chat message", (msg, answer) => answer(`you said ${msg}`));
});

server.listen(3000, () => {
  console.log("server running at http://localhost:3000");
});
