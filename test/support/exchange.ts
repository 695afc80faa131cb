// The usual steps of a test of the front: one client, one request, and the response read strictly.
import { readAnswer, readAnswers, type SeenAnswer, valuesOf } from "./answer-reader.ts";
import type { FrontProcess, LogMessage } from "./front-process.ts";
import type { RawClient } from "./raw-http.ts";

/** Bytes of a request. `fields` are whole lines. */
export function request(method: string, target: string, fields: string[] = [], body = ""): string {
  return `${[`${method} ${target} HTTP/1.1`, "Host: a", ...fields].join("\r\n")}\r\n\r\n${body}`;
}

export const get = (target = "/", fields: string[] = []) => request("GET", target, fields);

export const post = (body: string, fields: string[] = []) =>
  request("POST", "/", [`Content-Length: ${body.length}`, ...fields], body);

/** Waits for `count` whole final responses on a connection that stays open. */
export async function untilAnswers(
  client: RawClient,
  count = 1,
  methods: readonly string[] = [],
): Promise<SeenAnswer[]> {
  const finals = (text: string) =>
    readAnswers(text, { methods }).answers.filter(({ status }) => status >= 200);
  return finals(await client.until((text) => finals(text).length >= count));
}

export async function untilAnswer(client: RawClient, method = "GET"): Promise<SeenAnswer> {
  const [answer] = await untilAnswers(client, 1, [method]);
  if (!answer) throw new Error("no response");
  return answer;
}

/** Waits until the front has closed, and reads the one response that came before. */
export async function lastAnswer(client: RawClient, method = "GET"): Promise<SeenAnswer> {
  return readAnswer(await client.untilClosed(), method);
}

/** The fields of a response that its sender has set: the front's own Date is left out. */
export const fieldsOf = ({ lines }: SeenAnswer) => lines.filter((line) => !line.startsWith("Date: "));

/** What every refusal has in common: one cause and one id, in the response and in the log. Only HEAD has no page. */
export async function refusalOf(
  front: FrontProcess,
  answer: SeenAnswer,
): Promise<{ status: number; cause: string; log: LogMessage }> {
  const [id = ""] = valuesOf(answer, "x-request-id");
  const [proxyStatus = ""] = valuesOf(answer, "proxy-status");
  const cause = /^gw; error=\w+; details="(\w+)"$/.exec(proxyStatus)?.[1] ?? `none in ${proxyStatus}`;
  const log = await front.untilLogged(id);
  if (log.fields?.cause !== cause) throw new Error(`${cause} is logged as ${log.fields?.cause}`);
  if (answer.body !== "" && !answer.body.includes(`cause: ${cause}\nrequest: ${id}\n`))
    throw new Error(`page: ${answer.body}`);
  return { status: answer.status, cause, log };
}
