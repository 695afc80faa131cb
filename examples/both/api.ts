// The other half of the site: what its page in Python asks.
export default {
  fetch: (request: Request) =>
    Response.json({ text: `Hello from TypeScript, at ${new URL(request.url).pathname}` }),
};
