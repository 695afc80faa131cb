import type { APIRoute } from "astro";

export const GET: APIRoute = ({ params }) => Response.json({ name: params.name });

export const POST: APIRoute = async ({ request }) =>
  Response.json({ got: await request.json() }, { status: 201 });
