// As programs do that first reach their database.
setTimeout(() => Bun.serve({ port: 3000, fetch: () => new Response("late") }), 30);
