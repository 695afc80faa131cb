// Serves by `fetch`, and says of itself that it takes no HTTP/2.
export default {
  http2: false,
  fetch: () => new Response("by HTTP/1.1"),
};
