import type { IncomingMessage, ServerResponse } from "node:http";

/** What a node handler sees of its request. */
export function view(req: IncomingMessage) {
  const { remoteAddress, remotePort, remoteFamily } = req.socket;
  return {
    url: req.url,
    headers: req.headers,
    rawHeaders: req.rawHeaders,
    distinct: req.headersDistinct,
    remote: { remoteAddress, remotePort, remoteFamily },
    local: { address: req.socket.localAddress, port: req.socket.localPort, family: req.socket.localFamily },
    bound: req.socket.address(),
    encrypted: Reflect.get(req.socket, "encrypted"),
  };
}

export default async (req: IncomingMessage, res: ServerResponse) => {
  if (req.url === "/throw") throw new Error("node handler failed");
  let body = "";
  for await (const chunk of req) body += chunk;
  res.setHeader("content-type", "application/json").end(JSON.stringify({ ...view(req), body }));
};
