// 100 (Continue) as apps mean it: in Python at the first read of the body, on node:http where the app listens for such requests.
import { expect, test } from "bun:test";
import { startGw } from "../support/gw.ts";
import { testWith, WITH_PYTHON } from "../support/needs.ts";
import { connectRaw, type RawClient } from "../support/raw-http.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { PYTHON } from "../support/worker-process.ts";

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

const begin = (client: RawClient, path: string, ...fields: string[]) =>
  client.send(
    [
      `POST ${path} HTTP/1.1`,
      "Host: localhost",
      "Expect: 100-continue",
      "Content-Length: 5",
      ...fields,
      "",
      "",
    ].join("\r\n"),
  );

/** What apps of both languages do: refuse without a look at the body, or take it. */
async function holdsBack(args: string[]): Promise<void> {
  await using gw = await startGw(args);
  using refused = await connectRaw({ port: gw.port });
  await begin(refused, "/refuse");
  const answer = await refused.untilClosed();
  expect(answer).toStartWith("HTTP/1.1 403 ");
  expect(answer).not.toContain("100 Continue");

  using taken = await connectRaw({ port: gw.port });
  await begin(taken, "/take");
  await taken.until(CONTINUE);
  await taken.send("hello");
  expect(await taken.until(/hello$/)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  // The connection goes on, and so does one whose client has waited for nothing.
  await taken.send("POST /take HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nagain");
  await taken.until(/again$/);

  using unasked = await connectRaw({ port: gw.port });
  await begin(unasked, "/take");
  await unasked.send("early");
  await unasked.until(/early$/);
}

testWith(WITH_PYTHON)(
  "continue: an app in Python that does not read the body never has it sent",
  async () => {
    using site = makeTempDir();
    const app = site.write(
      "wsgi.py",
      `def application(environ, start_response):
    if environ["PATH_INFO"] == "/refuse":
        start_response("403 Forbidden", [])
        return [b"no"]
    body = environ["wsgi.input"].read()
    start_response("200 OK", [])
    return [body]
`,
    );
    await holdsBack([app, "--python", PYTHON ?? "python3"]);
  },
);

test("continue: an app on node:http that listens for such requests decides about the body", async () => {
  using site = makeTempDir();
  const app = site.write(
    "app.ts",
    `import { createServer } from "node:http";
const take = (request, response) => request.pipe(response);
createServer(take)
  .on("checkContinue", (request, response) => {
    if (request.url === "/refuse") return response.writeHead(403).end("no");
    response.writeContinue();
    take(request, response);
  })
  .listen(process.env.PORT);
`,
  );
  await holdsBack([app]);
});
