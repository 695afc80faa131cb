import fp from "fastify-plugin";

export default fp(async (fastify) => {
  fastify.decorate("someSupport", () => "hugs");
  fastify.addHook("onClose", async () => {
    await new Promise((done) => setTimeout(done, 300));
    console.log("closed: the hook of Fastify ran");
  });
});
