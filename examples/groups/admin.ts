// The group `admin`, which answers for a host of its own, and for all that is below it. It sleeps until it is asked.
export default (request: Request): Response =>
  new Response(`Administration of ${new URL(request.url).host}\n`);
