import { cors } from "@elysiajs/cors";
import { staticPlugin } from "@elysiajs/static";
import { Elysia, t } from "elysia";

const app = new Elysia()
  .use(cors())
  .use(staticPlugin({ prefix: "/files" }))
  .get("/", () => "Hello Elysia")
  .get("/items/:id", ({ params, query }) => ({ id: params.id, color: query.color }), {
    params: t.Object({ id: t.Number() }),
  })
  .post(
    "/echo",
    ({ body, cookie, set }) => {
      cookie.a?.set({ value: "1" });
      set.status = 201;
      return { got: body };
    },
    { body: t.Object({ name: t.String() }) },
  )
  .get("/parts", function* () {
    yield "one ";
    yield "two";
  })
  .ws("/socket", { message: (ws, message) => void ws.send(`you said ${message}`) })
  .onStop(() => console.log("closed: the hook of Elysia ran"))
  .listen(3000);

console.log(`Elysia is running at ${app.server?.hostname}:${app.server?.port}`);
