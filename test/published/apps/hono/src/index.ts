import { Hono } from "hono";
import { serveStatic, upgradeWebSocket, websocket } from "hono/bun";
import { setCookie } from "hono/cookie";
import { HTTPException } from "hono/http-exception";
import { streamSSE } from "hono/streaming";

const app = new Hono();

app.get("/", (c) => c.text("Hello Hono!"));
app.get("/items/:id", (c) => {
  if (c.req.param("id") === "0") throw new HTTPException(404, { message: "There is none" });
  return c.json({ id: c.req.param("id"), color: c.req.query("color") });
});
app.post("/echo", async (c) => {
  setCookie(c, "a", "1");
  return c.json({ got: await c.req.parseBody() }, 201);
});
app.get("/events", (c) =>
  streamSSE(c, async (stream) => {
    for (let id = 0; id < 3; id++) await stream.writeSSE({ data: `event ${id}`, id: String(id) });
  }),
);
app.get("/robots.txt", serveStatic({ root: "./public" }));
app.get(
  "/socket",
  upgradeWebSocket(() => ({ onMessage: (event, ws) => ws.send(`you said ${event.data}`) })),
);

export default { fetch: app.fetch, websocket };
