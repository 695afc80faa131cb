// A program that calls Bun.serve by itself. Under gw it listens on its worker's private socket instead of port 3000.
// Without gw it runs with: bun app.ts
const server = Bun.serve({
  port: 3000,
  routes: {
    "/users/:name": (request) => Response.json({ name: request.params.name }),
  },
  fetch(request, server) {
    const client = server.requestIP(request)?.address ?? "nobody";
    return new Response(`Hello from Bun.serve to ${client}`);
  },
});

console.log(`serving ${server.url}`);
