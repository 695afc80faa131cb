// A node:http program. Under gw it listens on its worker's private socket instead of port 3000.
// Without gw it runs with: node app.ts
import { createServer } from "node:http";

const server = createServer((request, response) => {
  response.setHeader("content-type", "text/plain;charset=utf-8");
  response.end(`Hello from node:http to ${request.socket.remoteAddress}`);
});

server.listen(3000, () => console.log("serving", server.address()));
