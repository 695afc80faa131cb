import Koa from "koa";

const app = new Koa();
app.use((context) => {
  context.body = { ip: context.ip, protocol: context.protocol };
});
export default app;
