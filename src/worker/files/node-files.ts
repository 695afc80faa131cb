// Answers of programs on node:http, whatever framework they use: where the field X-Sendfile names a file, the file takes the
// place of whatever body the program gives.

import { closeSync, createReadStream } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { GwError } from "../../core/errors.ts";
import { FILE_HEADER, PROMISED_HEADER } from "../../http/handed-file.ts";
import { hasNoBody } from "../../http/status.ts";
import { X_SENDFILE } from "./fetch-files.ts";
import { bytesAtHand, isShort, type OpenedFile, openAnswer } from "./file-answer.ts";
import type { FileHands } from "./file-hands.ts";

export type NodeFilesOptions = {
  hands: FileHands | undefined;
  home: string;
  /** What is wrong with the file that the program names. */
  report: (thrown: GwError) => void;
};

type AnyMethod = (...args: unknown[]) => unknown;

/** Watches one response until its head is written. `facts`: of the request. */
export function watchResponse(
  request: IncomingMessage,
  response: ServerResponse,
  facts: string,
  options: NodeFilesOptions,
): void {
  const own = {
    writeHead: response.writeHead.bind(response) as AnyMethod,
    write: response.write.bind(response) as AnyMethod,
    end: response.end.bind(response) as AnyMethod,
  };
  let isTaken = false;
  /** True: a file is the answer. `bodyBytes`: of what the program gives; undefined: nobody knows. */
  const take = (bodyBytes: number | undefined): boolean => {
    if (isTaken || response.headersSent || !response.hasHeader(X_SENDFILE)) return isTaken;
    if (hasNoBody(response.statusCode)) {
      response.removeHeader(X_SENDFILE);
      return false;
    }
    isTaken = true;
    answerWithFile(request, response, { facts, bodyBytes }, options, own);
    return true;
  };
  Object.assign(response, {
    writeHead(...args: unknown[]) {
      const named = pairsOf(args.find((one) => typeof one === "object" && one !== null));
      if (!named.some(([name]) => name.toLowerCase() === X_SENDFILE) && !response.hasHeader(X_SENDFILE))
        return own.writeHead(...args);
      // It is written once it is known what the file makes of it.
      response.statusCode = Number(args[0]);
      for (const [name] of named) response.removeHeader(name);
      for (const [name, value] of named)
        response.appendHeader(name, Array.isArray(value) ? value : String(value));
      return response;
    },
    write: (...args: unknown[]) => (take(undefined) ? true : own.write(...args)),
    end(...args: unknown[]) {
      if (!take(bytesIn(args[0]))) return own.end(...args);
      const done = args.find((one) => typeof one === "function");
      if (done) response.once("finish", done as () => void);
      return response;
    },
  });
}

function answerWithFile(
  request: IncomingMessage,
  response: ServerResponse,
  { facts, bodyBytes }: { facts: string; bodyBytes: number | undefined },
  { hands, home, report }: NodeFilesOptions,
  own: { write: AnyMethod; end: AnyMethod },
): void {
  const path = String(response.getHeader(X_SENDFILE));
  response.removeHeader(X_SENDFILE);
  let file: OpenedFile;
  try {
    const field = (name: string) => textOf(response.getHeader(name));
    const said = { status: response.statusCode, field, bodyBytes };
    const asked = { method: request.method ?? "", field: (name: string) => textOf(request.headers[name]) };
    file = openAnswer(path, home, said, asked);
  } catch (thrown) {
    if (!(thrown instanceof GwError)) throw thrown;
    report(thrown);
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    response.statusCode = 500;
    own.end("Internal Server Error\n");
    return;
  }
  response.statusCode = file.status;
  for (const [name, value] of Object.entries(file.fields)) response.setHeader(name, value);
  const bytes = request.method === "HEAD" ? undefined : bytesAtHand(file);
  if (bytes) {
    response.setHeader("content-length", bytes.length);
    closeSync(file.fd);
    own.end(bytes);
    return;
  }
  const token = request.method === "GET" && file.length > 0 ? hands?.hand(facts, file.fd, file) : undefined;
  if (token !== undefined) response.setHeader(FILE_HEADER, token);
  if (token !== undefined || request.method === "HEAD") {
    response.setHeader("content-length", token === undefined ? file.length : 0);
    closeSync(file.fd);
    own.end();
    return;
  }
  // A front sees to it that nobody takes it for complete.
  const isTold = isShort(file) && facts !== "";
  if (isTold) response.setHeader(PROMISED_HEADER, file.length);
  response.setHeader("content-length", isTold ? file.available : file.length);
  sendBytes(response, file, isTold || !isShort(file), own);
}

/** `isWhole`: they are all that was said. */
function sendBytes(
  response: ServerResponse,
  { fd, start, available }: OpenedFile,
  isWhole: boolean,
  own: { write: AnyMethod; end: AnyMethod },
): void {
  const breakOff = () => response.destroy();
  let left = available;
  let isTaken = true;
  const finish = () => {
    // It may have become shorter meanwhile.
    if (isWhole && left === 0) own.end();
    else if (isTaken) breakOff();
    else response.once("drain", breakOff);
  };
  if (available === 0) {
    closeSync(fd);
    response.flushHeaders();
    return finish();
  }
  const stream = createReadStream("", { fd, start, end: start + available - 1 });
  stream.on("data", (piece) => {
    left -= piece.length;
    isTaken = own.write(piece) !== false;
    if (isTaken) return;
    stream.pause();
    response.once("drain", () => {
      isTaken = true;
      stream.resume();
    });
  });
  stream.on("end", finish);
  stream.on("error", breakOff);
  response.once("close", () => stream.destroy());
}

/** The fields of writeHead, in each of its three forms. */
function pairsOf(headers: unknown): [name: string, value: string | string[]][] {
  if (!Array.isArray(headers)) return Object.entries((headers ?? {}) as Record<string, string | string[]>);
  if (Array.isArray(headers[0])) return headers;
  return Array.from({ length: headers.length / 2 }, (_, at) => [
    String(headers[2 * at]),
    headers[2 * at + 1],
  ]);
}

const bytesIn = (chunk: unknown) =>
  typeof chunk === "string" || chunk instanceof Uint8Array ? Buffer.byteLength(chunk) : 0;

const textOf = (value: unknown): string | undefined => (value === undefined ? undefined : String(value));
