// A service listens where it likes.
const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("the service's own") });
console.log(`port: ${server.port}`);
