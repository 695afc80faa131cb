// `gw check-binary`: whether this very file is the one that was published, by the sums that were published with it.

import { readFileSync } from "node:fs";
import { GwError, reasonOf } from "../../core/errors.ts";
import { IS_COMPILED, TARGET, VERSION } from "../../core/version.ts";
import { print } from "../terminal/output.ts";
import type { LineValues } from "../terminal/words.ts";
import { sha256Of } from "./file-sum.ts";
import { sumIn } from "./sums-file.ts";

export async function checkBinary(values: LineValues): Promise<number> {
  const path = String(values.get("sums"));
  const build = `${VERSION}-${TARGET}`;
  if (!IS_COMPILED) throw new GwError("sums_unusable", { path, reason: "this gw runs from its sources" });
  const wanted = sumIn(read(path), build);
  if (wanted === undefined)
    throw new GwError("sums_unusable", { path, reason: `it has no line for gw-${build}/gw` });
  const found = await sha256Of(process.execPath);
  if (found !== wanted) throw new GwError("binary_differs", { path: process.execPath, found, wanted });
  const file = process.execPath;
  const text = `${file} is gw ${build} as published: ${found}`;
  print([values.has("json") ? JSON.stringify({ file, build, sha256: found }) : text]);
  return 0;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    throw new GwError("sums_unusable", { path, reason: reasonOf(thrown) });
  }
}
