import { createServer, type IncomingMessage } from "node:http";

type Mounted = IncomingMessage & { baseUrl?: string; originalUrl?: string };

createServer((req: Mounted, res) => {
  const { url, baseUrl = null, originalUrl = null } = req;
  res.end(JSON.stringify({ url, baseUrl, originalUrl }));
}).listen(3000);
