export default (request: Request) => new Response(`function saw ${new URL(request.url).pathname}`);
