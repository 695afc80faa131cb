export async function GET(request) {
  return Response.json({ query: Object.fromEntries(request.nextUrl.searchParams) });
}

export async function POST(request) {
  return Response.json({ got: await request.json() }, { status: 201, headers: { "set-cookie": "a=1; Path=/" } });
}
