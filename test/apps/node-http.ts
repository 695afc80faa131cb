import { createServer } from "node:http";
import { view } from "./node-handler.ts";

const server = createServer((req, res) => {
  if (req.url === "/throw") throw new Error("listener failed");
  if (req.url === "/late-throw") {
    res.write("begun");
    throw new Error("listener failed late");
  }
  if (req.url === "/address") return res.end(JSON.stringify(server.address()));
  res.end(JSON.stringify(view(req)));
});
server.keepAliveTimeout = 1;
server.listen(3000, "127.0.0.1", () => console.log("callback:", JSON.stringify(server.address())));
