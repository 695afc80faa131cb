// Handlers that go wrong, each in its own way.
const ways: Record<string, () => unknown> = {
  "/throw": () => {
    throw new Error("thrown by the handler");
  },
  "/reject": async () => {
    await Promise.resolve();
    throw new Error("rejected by the handler");
  },
  "/nothing": () => undefined,
  "/later-nothing": async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
  },
  "/text": () => "just text",
  "/throw-null": () => {
    throw null;
  },
  "/exit": () => process.exit(7),
  "/unhandled": () => {
    Promise.reject(new Error("nobody catches this"));
    return new Promise(() => {});
  },
};

export default {
  fetch(request: Request) {
    const way = ways[new URL(request.url).pathname];
    return way ? way() : new Response("fine");
  },
};
