/** @jsxImportSource hono/jsx */
// Hono with JSX pages and a body that zod has checked. Its default export has a `fetch`, which gw calls.
// Install: npm install hono zod
import { Hono } from "hono";
import { z } from "zod";

const Order = z.object({ item: z.string().min(1), count: z.int().positive() });

const Page = ({ name }: { name: string }) => (
  <html lang="en">
    <head>
      <title>Hono on gw</title>
    </head>
    <body>
      <main>
        <h1>Hello {name}</h1>
      </main>
    </body>
  </html>
);

const app = new Hono();

app.get("/", (c) => c.html(<Page name={c.req.query("name") ?? "Hono"} />));

app.post("/orders", async (c) => {
  const order = Order.safeParse(await c.req.json().catch(() => null));
  if (!order.success) return c.json({ problems: order.error.issues.map(({ message }) => message) }, 422);
  return c.json({ accepted: order.data }, 201);
});

export default app;
