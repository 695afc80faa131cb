// Two lines of WWW-Authenticate, made in each way that an app may use. The path chooses the way.
import { Hono } from "hono";

const NAME = "WWW-Authenticate";
const FIRST = 'Basic realm="a, b"';
const SECOND = 'Digest realm="c", qop="auth, auth-int"';
const PAIRS: [string, string][] = [
  [NAME, FIRST],
  ["content-language", "en"],
  [NAME.toLowerCase(), ` ${SECOND} `],
];

function appended(): Headers {
  const headers = new Headers({ [NAME]: FIRST });
  headers.append(NAME, SECOND);
  return headers;
}

function refused(headers: HeadersInit): Response {
  return new Response("no", { status: 401, headers });
}

class Refusal extends Response {}

const hono = new Hono();
hono.use("/hono/replaced", async (c, next) => {
  await next();
  c.res = new Response("replaced", c.res);
  c.res = new Response("replaced", { status: 401 });
});
hono.all("/hono/*", (c) => {
  c.header(NAME, FIRST, { append: true });
  c.header(NAME, SECOND, { append: true });
  return c.text("no", 401);
});

const WAYS: Record<string, () => Response | Promise<Response>> = {
  "/append": () => refused(appended()),
  "/append-later": () => {
    const answer = refused({ [NAME]: FIRST });
    answer.headers.append(NAME, SECOND);
    return answer;
  },
  "/pairs": () => refused(PAIRS),
  "/pairs-of-headers": () => refused(new Headers(PAIRS)),
  "/generator": () =>
    refused(
      (function* () {
        yield* PAIRS;
      })() as unknown as HeadersInit,
    ),
  "/map": () => refused(new Map(PAIRS) as unknown as HeadersInit),
  "/object": () => refused({ [NAME]: FIRST, [NAME.toLowerCase()]: SECOND }),
  "/json": () => Response.json({}, { status: 401, headers: PAIRS }),
  "/clone": () => refused(appended()).clone(),
  "/copy": () => new Response("no", refused(appended())),
  "/copy-of-headers": () => refused(new Headers(new Headers(appended()))),
  "/iterated": () => refused([...appended()]),
  "/entries": () => refused(Object.fromEntries(appended().entries())),
  "/for-each": () => {
    const headers = new Headers();
    appended().forEach((value, name) => void headers.set(name, value));
    return refused(headers);
  },
  "/subclass": () => new Refusal("no", { status: 401, headers: PAIRS }),
  "/later": async () => {
    await Bun.sleep(1);
    return refused(appended());
  },
  // One line stays one, whatever its commas look like, and also where the same text was made of two a moment ago.
  "/one": () => refused({ [NAME]: `${FIRST}, ${SECOND}` }),
  "/set-again": () => {
    const headers = appended();
    headers.set(NAME, `${FIRST}, X`);
    return refused(headers);
  },
  "/throws": () => Promise.reject(new Error("for the error handler")),
};

Bun.serve({
  port: Number(process.env.PORT),
  routes: { "/ready-answer": refused(PAIRS), "/of-method": { GET: refused(PAIRS) } },
  fetch: (request) => WAYS[new URL(request.url).pathname]?.() ?? hono.fetch(request),
  error: () => refused(appended()),
});
