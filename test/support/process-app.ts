// An app whose requests do what their path says; what most tests of a worker's life need. It answers with its pid. A loop that
// begins amid a collection of garbage cannot be shown (docs/architecture.md): the ones here begin behind one.
import type { TempDir } from "./temp-dir.ts";

const SOURCE = `
  const kept = [];
  console.log("started", process.pid);
  export default {
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/loop") { console.log("looping"); Bun.gc(true); for (;;); }
      if (pathname === "/never") { console.log("hanging"); return new Promise(() => {}); }
      if (pathname === "/burn") { Bun.gc(true); const end = performance.now() + Number(searchParams.get("ms")); while (performance.now() < end); }
      if (pathname === "/leak") kept.push(new Uint8Array(5 * 2 ** 20).fill(1));
      if (pathname === "/slow") { console.log("slow"); await Bun.sleep(Number(searchParams.get("ms"))); }
      if (pathname === "/exit") process.exit(Number(searchParams.get("code") ?? 0));
      if (pathname === "/throw") setTimeout(() => { throw new Error("from a timer"); });
      if (pathname === "/reject") Promise.reject(new Error("nobody caught this"));
      if (pathname === "/segv") process.kill(process.pid, "SIGSEGV");
      if (pathname === "/crash") { const { read } = await import("bun:ffi"); read.u8(8, 0); }
      return new Response(String(process.pid));
    },
  };`;

export function writeProcessApp(dir: TempDir): string {
  return dir.write("app.ts", SOURCE);
}
