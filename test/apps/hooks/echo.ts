// Says what it has been told of the user.
export default {
  fetch: (request: Request) =>
    Response.json([...request.headers.entries()].filter(([name]) => name !== "host")),
};
