// An app that does what a request asks it to do: the code stands in the request, so that each test of a fault shows the
// whole fault. Without any it answers with its pid.
import type { Form } from "./both-forms.ts";
import type { TempDir } from "./temp-dir.ts";

const sourceFor = (form: Form) => `
  import * as fs from "node:fs";
  console.log("started", process.pid);
  export default {${form === "HTTP/1.1" ? "\n    http2: false," : ""}
    fetch(request) {
      const code = new URL(request.url).searchParams.get("do");
      if (code === null) return new Response(String(process.pid));
      return new Function("request", "fs", "return (async () => {" + code + "})()")(request, fs);
    },
  };`;

/** `form`: how its worker is spoken to. */
export function writeObedientApp(dir: TempDir, form: Form = "HTTP/2"): string {
  return dir.write("app.ts", sourceFor(form));
}

/** Target of a request that has the app run this code, in an async function of \`request\` and \`fs\`. */
export function doing(code: string, path = "/"): string {
  return `${path}?do=${encodeURIComponent(code)}`;
}

/** The same, as a URL below the server's. */
export function urlDoing(server: { url: string }, code: string, path = "/"): string {
  return new URL(doing(code, path), server.url).href;
}

/** Code of requests that most tests need. */
export const HOLD = 'console.log("holding"); return new Promise(() => {});';
