// The app of the contract of workers, for the one that gw itself is. apps/app.py is the same in Python.
const encoder = new TextEncoder();

function stream(pieces: string[], fails = false): ReadableStream {
  return new ReadableStream({
    async pull(controller) {
      const piece = pieces.shift();
      if (piece !== undefined) return controller.enqueue(encoder.encode(piece));
      if (fails) return controller.error(new Error("on purpose"));
      controller.close();
    },
  });
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/echo") return new Response(await request.bytes());
    if (pathname === "/stream") return new Response(stream(["one ", "two ", "three"]));
    if (pathname === "/cut") return new Response(stream(["one "], true));
    if (pathname === "/throw") throw new Error("on purpose");
    if (pathname === "/empty") return new Response(null, { status: 204 });
    if (pathname === "/hang") await new Promise(() => {});
    if (pathname === "/scheme") return new Response(new URL(request.url).protocol.slice(0, -1));
    return new Response("hello", {
      headers: [
        ["Set-Cookie", "a=1"],
        ["Set-Cookie", "b=2"],
        ["X-Seen", request.headers.get("x-sent") ?? "nothing"],
        ["X-Visit", request.headers.get("x-gw-visit") ?? "nothing"],
      ],
    });
  },
};
