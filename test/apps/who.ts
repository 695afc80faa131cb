// Says who asks, as an app of each kind sees it: fetch, and node below /node.
import express from "express";

export default {
  fetch(request: Request, server: Bun.Server<undefined>): Response {
    const { address, port } = server.requestIP(request) ?? {};
    return Response.json({ url: request.url, address, port, headers: Object.fromEntries(request.headers) });
  },
};

export const node = express()
  .set("trust proxy", false)
  .use((request, response) => {
    const { remoteAddress: address, remotePort: port, localPort } = request.socket;
    const { protocol, hostname, headers, baseUrl } = request;
    response.json({ protocol, hostname, address, port, localPort, baseUrl, headers });
  });
