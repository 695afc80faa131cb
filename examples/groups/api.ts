// The group `api`, mounted at /api: it sees /orders where clients ask for /api/orders, and learns of its mount by a
// field, for the URLs that it makes.
export default {
  fetch(request: Request) {
    const mount = request.headers.get("x-forwarded-prefix") ?? "";
    const { pathname } = new URL(request.url);
    return Response.json({ path: pathname, self: `${mount}${pathname}`, key: process.env.API_KEY ?? null });
  },
};
