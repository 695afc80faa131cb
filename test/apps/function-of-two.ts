// Two parameters, and yet not a node handler.
export default function handle(request: Request, server: Bun.Server<undefined>) {
  return Response.json(server.requestIP(request));
}
