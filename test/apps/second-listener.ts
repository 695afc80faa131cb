// The second listener is for operators, on a free port of its own; the twin asks for the first one's port again.
import { createServer } from "node:http";

Bun.serve({ port: 3000, fetch: () => new Response("first") });
const second = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("second") });
createServer((_req, res) => res.end("third")).listen(0, "127.0.0.1");
createServer((_req, res) => res.end("twin")).listen(3000, "127.0.0.1", () =>
  console.log(`second: ${second.port}`),
);
