import type { IncomingMessage } from "node:http";
import Koa from "koa";

const app = new Koa();
app.use((context) => {
  const { originalUrl } = context.req as IncomingMessage & { originalUrl?: string };
  context.body = { url: context.url, path: context.path, originalUrl };
});
export default app;
