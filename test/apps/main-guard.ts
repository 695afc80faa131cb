// Listens only when it is the program, as many apps do to stay testable.
if (import.meta.main) Bun.serve({ fetch: () => new Response("main") });
