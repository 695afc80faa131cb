// The default export may be the handler itself.
export default (request: Request): Response =>
  new Response(`Hello from a function at ${new URL(request.url).pathname}`);
