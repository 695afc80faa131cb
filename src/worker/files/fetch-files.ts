// Answers of programs that serve by `fetch`: where one names a file, by the field X-Sendfile or by `sendFile` of gw's own module,
// the file takes the place of its body.

import { closeSync } from "node:fs";
import { FILE_HEADER, PROMISED_HEADER } from "../../http/handed-file.ts";
import { hasNoBody } from "../../http/status.ts";
import { bytesAtHand, isShort, type OpenedFile, openAnswer } from "./file-answer.ts";
import type { FileHands } from "./file-hands.ts";

export const X_SENDFILE = "x-sendfile";

/** By `sendFile`: the path that an answer names. */
const named = new WeakMap<Response, string>();
let isUsed = false;

/** An answer with the file at this path, from the app's working directory on. */
export function sendFile(path: string, init?: ResponseInit): Response {
  isUsed = true;
  const response = new Response(null, init);
  named.set(response, String(path));
  return response;
}

export type FileAnswersOptions = {
  /** Undefined where nobody takes open files. */
  hands: FileHands | undefined;
  /** The field X-Sendfile names a file. */
  byField: boolean;
  home: string;
};

export class FetchFiles {
  readonly #options: FileAnswersOptions;

  constructor(options: FileAnswersOptions) {
    this.#options = options;
  }

  /** The same answer, or one with the file that it names. Throws a GwError for the app's author. `facts`: of the request; empty where there is no front. */
  complete(answer: Response, request: Request, facts: string): Response {
    const path = this.#pathIn(answer);
    if (path === undefined) return answer;
    const { hands, home } = this.#options;
    const { headers } = answer;
    headers.delete(X_SENDFILE);
    if (hasNoBody(answer.status)) return answer;
    const fieldOf = (all: Headers) => (name: string) => all.get(name) ?? undefined;
    const said = { status: answer.status, field: fieldOf(headers), bodyBytes: undefined };
    const asked = { method: request.method, field: fieldOf(request.headers) };
    const file = openAnswer(path, home, said, asked);
    try {
      headers.delete("content-length");
      for (const [name, value] of Object.entries(file.fields)) headers.set(name, value);
      if (request.method === "HEAD") headers.set("content-length", String(file.length));
      const bytes = request.method === "HEAD" ? undefined : bytesAtHand(file);
      const isToBeHanded = request.method === "GET" && file.length > 0 && !bytes;
      const token = isToBeHanded ? hands?.hand(facts, file.fd, file) : undefined;
      if (token !== undefined) headers.set(FILE_HEADER, token);
      else if (isShort(file) && facts !== "") headers.set(PROMISED_HEADER, String(file.length));
      const isEmpty = token !== undefined || request.method === "HEAD";
      return new Response(isEmpty ? null : (bytes ?? bytesOf(file, isShort(file) && facts === "")), {
        status: file.status,
        statusText: answer.statusText,
        headers,
      });
    } finally {
      closeSync(file.fd);
    }
  }

  #pathIn(answer: Response): string | undefined {
    const path = isUsed ? named.get(answer) : undefined;
    if (path !== undefined || !this.#options.byField) return path;
    return answer.headers.get(X_SENDFILE) ?? undefined;
  }
}

/** `breaksOff`: there is no front to see to it that nobody takes it for complete. */
function bytesOf({ path, start, available }: OpenedFile, breaksOff: boolean): Blob | ReadableStream {
  const part = Bun.file(path).slice(start, start + available);
  if (!breaksOff) return part;
  const reader = part.stream().getReader();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (!done) return controller.enqueue(value);
      // What it was given last has to leave first.
      await new Promise(setImmediate);
      // The runtime has no other way to break an answer off; of an error that is something it would print all that it knows.
      controller.error(undefined);
    },
    cancel: () => reader.cancel(),
  });
}
