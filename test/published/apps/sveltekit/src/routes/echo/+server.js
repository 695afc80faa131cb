import { json } from "@sveltejs/kit";

export async function POST({ request, cookies }) {
  cookies.set("a", "1", { path: "/" });
  return json({ got: await request.json() }, { status: 201 });
}
