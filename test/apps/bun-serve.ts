// A program with everything that Bun.serve takes.
const server = Bun.serve({
  port: 3000,
  hostname: "127.0.0.1",
  development: true,
  maxRequestBodySize: 16,
  routes: {
    "/route/:name": (request) =>
      Response.json({ name: request.params.name, headers: Object.fromEntries(request.headers) }),
    "/methods": {
      POST: () => new Response("posted"),
      GET: (request) => Response.json([...request.headers.keys()]),
    },
    "/ready": new Response("a ready answer"),
  },
  fetch(request, given) {
    if (request.url.endsWith("/throw")) throw new Error("for the error handler");
    if (request.url.endsWith("/reload")) {
      given.reload({ fetch: (later) => new Response(`reloaded, ${later.headers.has("x-gw-visit")}`) });
    }
    return Response.json({
      ip: given.requestIP(request),
      same: given === server,
      shown: { port: given.port, hostname: given.hostname, url: String(given.url), address: given.address },
    });
  },
  error: (error) => new Response(`handled: ${error.message}`, { status: 418 }),
});
console.log(`listening on ${server.url}`);
