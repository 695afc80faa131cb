import fastify from "fastify";

const app = fastify();
app.get("/", async (request) => ({ ip: request.ip, protocol: request.protocol }));
export default app;
