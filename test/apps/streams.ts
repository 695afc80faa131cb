// Long answers, long uploads, and requests that wait for their client to leave.
const aborted: string[] = [];
let produced = 0;

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    request.signal.addEventListener("abort", () => aborted.push(pathname));
    switch (pathname) {
      case "/hold":
        return new Promise(() => {});
      case "/events":
        return new Response(
          new ReadableStream({ start: (controller) => controller.enqueue("data: one\n\n") }),
        );
      case "/endless":
        return new Response(
          new ReadableStream({
            pull(controller) {
              produced += 65536;
              controller.enqueue(new Uint8Array(65536));
            },
          }),
        );
      case "/unread":
        await request.body?.getReader().read();
        return new Promise(() => {});
      case "/slow":
        await new Promise((resolve) => setTimeout(resolve, 200));
        return new Response("slow but complete");
      default:
        return Response.json({ aborted, produced });
    }
  },
};
