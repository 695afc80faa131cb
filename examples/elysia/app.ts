// Elysia: its default export has a `fetch`, which gw calls. `app.listen(3000)` works as well.
// Install: npm install elysia
import { Elysia } from "elysia";

export default new Elysia()
  .get("/", () => "Hello from Elysia")
  .get("/users/:name", ({ params }) => ({ name: params.name }))
  .post("/echo", ({ body }) => body);
