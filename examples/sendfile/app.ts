// Answers with files that only this app decides about: who may have which. The bytes leave by the front end, and with
// --enable-sendfile by the kernel:
//   gw start-server examples/sendfile/app.ts --enable-sendfile --x-sendfile

import { join } from "node:path";
import { sendFile } from "gw";

// A relative path would begin at the app's working directory: in a repository that is where its package.json stands.
const MANUAL = join(import.meta.dirname, "manual.txt");
const FILES: Record<string, string> = {
  "/manual": MANUAL,
  "/by-field": MANUAL,
};

export default {
  fetch(request: Request) {
    const path = new URL(request.url).pathname;
    const file = FILES[path];
    if (!file) return new Response("Nothing here\n", { status: 404 });
    const headers = { "content-type": "text/plain; charset=utf-8", "cache-control": "private" };
    // What frameworks of other languages do: the same by a field, which no client sees.
    if (path === "/by-field") return new Response(null, { headers: { ...headers, "x-sendfile": file } });
    return sendFile(file, { headers });
  },
};
