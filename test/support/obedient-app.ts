// An app that does what a request asks it to do: the code stands in the request, so that each test of a fault shows the
// whole fault. Without any it answers with its pid.
import type { TempDir } from "./temp-dir.ts";

const SOURCE = `
  import * as fs from "node:fs";
  console.log("started", process.pid);
  export default {
    fetch(request) {
      const code = new URL(request.url).searchParams.get("do");
      if (code === null) return new Response(String(process.pid));
      return new Function("request", "fs", "return (async () => {" + code + "})()")(request, fs);
    },
  };`;

export function writeObedientApp(dir: TempDir): string {
  return dir.write("app.ts", SOURCE);
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
