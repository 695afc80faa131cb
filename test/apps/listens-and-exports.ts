Bun.serve({ port: 3000, fetch: () => new Response("the listener") });
export default { fetch: () => new Response("the export") };
