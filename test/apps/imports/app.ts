// Everything that is found relative to the app's own file.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import data from "./data.json";
import note from "./note.txt" with { type: "text" };

const later = await import("./data.json");

export default {
  fetch: () =>
    Response.json({
      json: data.from,
      text: note.trim(),
      dynamic: later.default.from,
      read: readFileSync(join(import.meta.dir, "note.txt"), "utf8").trim(),
      dir: import.meta.dir,
    }),
};
