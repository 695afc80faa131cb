export function GET() {
  const parts = ["one ", "two ", "three"];
  const body = new ReadableStream({
    pull(controller) {
      const part = parts.shift();
      if (part === undefined) controller.close();
      else controller.enqueue(new TextEncoder().encode(part));
    },
  });
  return new Response(body, { headers: { "content-type": "text/plain" } });
}
