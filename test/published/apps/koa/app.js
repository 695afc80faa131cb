const { bodyParser } = require("@koa/bodyparser");
const Router = require("@koa/router");
const Koa = require("koa");
const files = require("koa-static");

const app = new Koa();
const router = new Router();

// x-response-time
app.use(async (ctx, next) => {
  const start = Date.now();
  await next();
  ctx.set("X-Response-Time", `${Date.now() - start}ms`);
});

router.get("/", (ctx) => {
  ctx.body = "Hello World";
});
router.get("/items/:id", (ctx) => {
  ctx.assert(ctx.params.id !== "0", 404, "There is none");
  ctx.body = { id: ctx.params.id, color: ctx.query.color };
});
router.post("/echo", (ctx) => {
  ctx.status = 201;
  ctx.cookies.set("a", "1");
  ctx.body = { got: ctx.request.body };
});

app.use(bodyParser());
app.use(files("public"));
app.use(router.routes()).use(router.allowedMethods());

app.listen(3000);
