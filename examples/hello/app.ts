// The smallest app: gw calls `fetch` for each request.
export default {
  fetch(request: Request): Response {
    return new Response(`Hello from gw. You asked for ${new URL(request.url).pathname}\n`);
  },
};
