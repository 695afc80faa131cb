// A Koa program that listens by itself. `export default app` without `listen` works as well.
// Install: npm install koa
import Koa from "koa";

const app = new Koa();

app.use(async (context) => {
  context.body = `Hello from Koa to ${context.ip}`;
});

app.listen(3000);
