import { expect, test } from "bun:test";
import { postEvent } from "../../src/notifier/post.ts";
import { freePort } from "../support/free-port.ts";

const never = new AbortController().signal;

async function failureOf(promise: Promise<void>): Promise<string> {
  return promise.then(
    () => "none",
    (error: Error) => error.message,
  );
}

test("post: the event as JSON; a status below 300 is enough", async () => {
  const got: unknown[] = [];
  await using server = Bun.serve({
    port: 0,
    async fetch(request) {
      got.push([request.method, request.headers.get("content-type"), await request.json()]);
      return new Response(null, { status: 204 });
    },
  });
  await postEvent(`http://localhost:${server.port}/hook?key=secret`, '{"event":"crash"}', never);
  expect(got).toEqual([["POST", "application/json", { event: "crash" }]]);
});

test("post: what is refused, or not there, is a failure that keeps the URL's secrets; nobody is followed elsewhere", async () => {
  await using server = Bun.serve({
    port: 0,
    fetch: (request) =>
      request.url.includes("away")
        ? Response.redirect("http://127.0.0.1:1/")
        : new Response("no", { status: 500 }),
  });
  const at = `localhost:${server.port}`;
  expect(await failureOf(postEvent(`http://${at}/hook?key=secret`, "{}", never))).toBe(
    `${at} answered with 500`,
  );
  expect(await failureOf(postEvent(`http://${at}/away`, "{}", never))).toBe(`${at} answered with 302`);
  const nobody = `127.0.0.1:${freePort()}`;
  const why = await failureOf(postEvent(`http://${nobody}/hook?key=secret`, "{}", never));
  expect(why).toStartWith(`${nobody} cannot be reached: `);
  expect(why).not.toContain("secret");
});

test("post: it can be given up", async () => {
  await using server = Bun.serve({ port: 0, fetch: () => new Promise<Response>(() => {}) });
  const enough = new AbortController();
  const waiting = failureOf(postEvent(`http://localhost:${server.port}/`, "{}", enough.signal));
  enough.abort();
  expect(await waiting).toContain("cannot be reached");
});
