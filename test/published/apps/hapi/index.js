const Hapi = require("@hapi/hapi");

const init = async () => {
  const server = Hapi.server({
    port: 3000,
    host: "localhost",
  });

  await server.register(require("@hapi/inert"));

  server.route([
    {
      method: "GET",
      path: "/",
      handler: () => "Hello World!",
    },
    {
      method: "GET",
      path: "/items/{id}",
      handler: (request) => ({ id: request.params.id, color: request.query.color }),
    },
    {
      method: "POST",
      path: "/echo",
      handler: (request, h) => h.response({ got: request.payload }).state("a", "1").code(201),
    },
    { method: "GET", path: "/{name*}", handler: { directory: { path: "public" } } },
  ]);

  server.ext("onPostStop", async () => {
    await new Promise((done) => setTimeout(done, 300));
    console.log("closed: the hook of hapi ran");
  });

  await server.start();
  console.log("Server running on %s", server.info.uri);

  process.on("SIGTERM", () => server.stop());
};

process.on("unhandledRejection", (err) => {
  console.log(err);
  process.exit(1);
});

init();
