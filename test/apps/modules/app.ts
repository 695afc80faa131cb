import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import data from "./data.json";
import note from "./note.txt" with { type: "text" };

const old = createRequire(import.meta.url)("./old.cjs");
const read = readFileSync(join(import.meta.dir, "read.html"), "utf8");
export default {
  async fetch(request: Request) {
    if (new URL(request.url).pathname === "/lazy") return new Response((await import("./lazy.ts")).word);
    return Response.json({ data, note, old, read });
  },
};
