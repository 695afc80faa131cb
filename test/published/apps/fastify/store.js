import plugin from "fastify-plugin";

export default plugin(async (fastify) => {
  fastify.decorate("store", { items: ["one", "two", "<three>"] });
  fastify.addHook("onClose", async () => {
    await new Promise((done) => setTimeout(done, 300));
    console.log("closed: the hook of Fastify ran");
  });
});
