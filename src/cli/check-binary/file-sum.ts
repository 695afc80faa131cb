// The sum of a file, as who publishes it and who checks it take it.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** SHA-256 in lowercase hexadecimal digits; rejects when the file cannot be read. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest("hex");
}
