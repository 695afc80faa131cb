import fastify from "fastify";

const app = fastify();
app.get("/where", async (request) => ({ url: request.url, originalUrl: request.originalUrl }));
export default app;
