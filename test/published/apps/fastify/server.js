import { join } from "node:path";
import cookie from "@fastify/cookie";
import formbody from "@fastify/formbody";
import files from "@fastify/static";
import view from "@fastify/view";
import websocket from "@fastify/websocket";
import ejs from "ejs";
import Fastify from "fastify";
import store from "./store.js";

const fastify = Fastify({ logger: true });

fastify.register(cookie);
fastify.register(formbody);
fastify.register(files, { root: join(import.meta.dirname, "public") });
fastify.register(view, { engine: { ejs } });
fastify.register(websocket);
fastify.register(store);

fastify.get(
  "/",
  {
    schema: {
      querystring: { type: "object", properties: { times: { type: "integer", default: 1 } } },
      response: { 200: { type: "object", properties: { hello: { type: "string" } } } },
    },
  },
  async (request) => ({ hello: "world ".repeat(request.query.times), dropped: true }),
);

fastify.get("/list", (_request, reply) => reply.view("/views/list.ejs", { items: fastify.store.items }));

fastify.post("/echo", (request, reply) => {
  reply.code(201).setCookie("a", "1", { path: "/" }).send({ got: request.body, cookies: request.cookies });
});

fastify.register(async (scope) => {
  scope.get("/socket", { websocket: true }, (socket) => {
    socket.on("message", (message) => socket.send(`you said ${message}`));
  });
});

for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => fastify.close());

await fastify.listen({ port: 3000 });
