// Looks for its parent as programs under other process managers do.
const heard: unknown[] = [];
process.on("message", (message) => heard.push(message));
process.once("disconnect", () => heard.push("disconnect"));
process.send?.({ type: "ready" });

export default {
  fetch: () =>
    Response.json({
      send: typeof process.send,
      connected: process.connected,
      variables: Object.keys(process.env).filter((name) => name.startsWith("NODE_CHANNEL")),
      argv: process.argv.slice(1),
      heard,
    }),
};
