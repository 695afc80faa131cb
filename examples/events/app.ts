// What gw tells an app, and what an app can count: a page that knows its own request, and a stream of events that says goodbye
// when its worker is about to leave. Try `gw reload` while curl -N http://localhost:8000/clock runs:
//   gw start-server examples/events/app.ts --log-request-ids --metrics-port 9100

import { metrics, on, requestInfo } from "gw";

const pages = metrics.counter("example_pages_total", { help: "Pages shown", labels: ["page"] });
const watching = metrics.gauge("example_watching", { help: "Open streams of events" });

on("requestFinished", ({ request, status, durationMs }) => {
  console.log(
    `status ${status} after ${durationMs.toFixed(1)} ms, ${request.queuedMs} of them in the queue before`,
  );
});
on("stopping", ({ reason }) => console.log(`this process ends: ${reason}`));

function clock(): Response {
  let end = () => {};
  const body = new ReadableStream({
    start(stream) {
      const tick = setInterval(() => stream.enqueue(`data: ${new Date().toISOString()}\n\n`), 1000);
      watching.add(1);
      const leave = on("drain", ({ reason }) => {
        stream.enqueue(`event: bye\ndata: ${reason}\n\n`);
        stream.close();
        end();
      });
      end = () => {
        clearInterval(tick);
        leave();
        watching.add(-1);
      };
    },
    cancel: () => end(),
  });
  return new Response(body, {
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
  });
}

export default {
  fetch(request: Request) {
    const page = new URL(request.url).pathname === "/clock" ? "clock" : "info";
    pages.add(1, { page });
    return page === "clock" ? clock() : Response.json(requestInfo());
  },
};
