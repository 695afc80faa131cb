export async function action({ request }) {
  return Response.json({ got: await request.json() }, { status: 201 });
}
