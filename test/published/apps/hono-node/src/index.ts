import { serve } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";

const app = new Hono();
app.get("/", (c) => c.text("Hello Hono!"));
app.post("/echo", async (c) => c.json({ got: await c.req.json() }, 201));
app.get("/robots.txt", serveStatic({ root: "./public" }));

const server = serve(app);

// graceful shutdown
process.on("SIGINT", () => {
  server.close();
  process.exit(0);
});
process.on("SIGTERM", () => {
  server.close((err) => {
    if (err) {
      console.error(err);
      process.exit(1);
    }
    console.log("closed: the server of Hono");
    process.exit(0);
  });
});
