// A Fastify 5 program that listens by itself.
// Install: npm install fastify
import fastify from "fastify";

const app = fastify();

app.get("/", async (request) => `Hello from Fastify to ${request.ip}`);
app.get<{ Params: { name: string } }>("/users/:name", async (request) => ({ name: request.params.name }));
app.post("/echo", async (request) => request.body);

await app.listen({ port: 3000 });
