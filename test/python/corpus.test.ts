// Whatever the front lets through, the worker in Python shows an app as PEP 3333 wants it: each request of test/requests that reaches
// a worker is asked of an app under wsgiref.validate.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { encodeVisit, VISIT_HEADER } from "../../src/http/reserved.ts";
import { readCase } from "../requests/read-case.ts";
import { readAnswers } from "../support/answer-reader.ts";
import { describeWith, WITH_PYTHON } from "../support/needs.ts";
import { APPS, ROOT, startWorker, TOKEN } from "../support/worker-process.ts";

const FOLDER = join(ROOT, "test/requests");
const CHUNKED = "Transfer-Encoding: chunked";
const VISIT = encodeVisit({
  token: TOKEN,
  id: "r1",
  scheme: "http",
  address: "192.0.2.7",
  port: 1,
  queuedMs: 0,
});

const requests = [...new Bun.Glob("**/*.http").scanSync({ cwd: FOLDER })]
  .toSorted()
  .flatMap((path) => readCase(join(FOLDER, path)).worker.map((request) => ({ path, ...request })));

/** As the front writes it, in latin-1. */
function bytesOf({ lines, body }: { lines: string[]; body: string }): string {
  const isChunked = lines.includes(CHUNKED);
  const chunk = body === "" ? "" : `${body.length.toString(16)}\r\n${body}\r\n`;
  const [request, host, ...fields] = lines;
  return `${[request, host, `${VISIT_HEADER}: ${VISIT}`, ...fields].join("\r\n")}\r\n\r\n${isChunked ? `${chunk}0\r\n\r\n` : body}`;
}

describeWith(WITH_PYTHON)("wsgiref.validate", () => {
  test("python corpus: each request that reaches a worker is as the standard wants it, and so is its end", async () => {
    expect(requests.length).toBeGreaterThan(100);
    await using worker = startWorker(join(APPS, "validated.py"));
    await worker.heard("ready");
    for (const request of requests) {
      using client = await worker.connect();
      await client.send(Buffer.from(bytesOf(request), "latin1"));
      const method = request.lines[0]?.split(" ")[0] ?? "";
      const answerIn = (text: string) => readAnswers(text, { methods: [method] }).answers[0];
      const answer = answerIn(await client.until((text) => answerIn(text)?.isWhole === true));
      const [seen, , body] = method === "HEAD" ? [method, "", request.body] : JSON.parse(answer?.body ?? "");
      expect([request.path, answer?.status, seen, body]).toEqual([request.path, 200, method, request.body]);
    }
    expect(worker.stderr()).toBe("");
  });
});
