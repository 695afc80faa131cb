// Answers with what the app sees of its request.
export default {
  async fetch(request: Request, server: Bun.Server<undefined>) {
    return Response.json({
      url: request.url,
      method: request.method,
      headers: Object.fromEntries(request.headers),
      ip: server.requestIP(request),
      server: {
        hostname: server.hostname,
        port: server.port,
        url: String(server.url),
        address: server.address,
      },
      body: await request.text(),
    });
  },
};

export const other = { fetch: () => new Response("the other one") };
export const number = 5;
